// Vega with its interpreter: nothing is compiled from text, so the page's policy can forbid that.
import {parse, View} from 'vega';
import {expressionInterpreter} from 'vega-interpreter';

const here = globalThis as any;
here.geist = {...here.geist, vega: {parse, View, expr: expressionInterpreter}};
