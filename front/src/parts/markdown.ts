// For texts of other agents' surfaces, which may be Markdown. Without HTML, images or addresses
// other than of the web and mail.
import MarkdownIt from 'markdown-it';

const reader = new MarkdownIt({html: false, linkify: false}).disable(['image']);
const here = globalThis as any;
here.geist = {...here.geist, markdown: (text: string) => Promise.resolve(reader.render(text))};
