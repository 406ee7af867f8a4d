import rough from 'roughjs';

const here = globalThis as any;
here.geist = {...here.geist, rough};
