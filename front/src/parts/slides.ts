import Reveal from 'reveal.js';
import style from 'reveal.js/reveal.css?inline';

const here = globalThis as any;
here.geist = {...here.geist, slides: {Reveal, style}};
