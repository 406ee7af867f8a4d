import temml from 'temml';

const here = globalThis as any;
here.geist = {...here.geist, temml};
