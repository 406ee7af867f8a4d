import mermaid from 'mermaid';

const here = globalThis as any;
here.geist = {...here.geist, mermaid};
