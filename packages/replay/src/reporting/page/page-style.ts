import { createHash } from 'node:crypto'

// Classes indent calls by depth, because the content policy forbids inline styles.
const indents = Array.from(
  { length: 12 },
  (_, at) => `.in-${at + 1}{--in:${((at + 1) * 11) / 10}rem}\n`,
).join('')

/** Style of the page, in light and dark mode, for all screen sizes. */
export const style = `
:root{color-scheme:light dark;--paper:#faf9f6;--card:#fff;--ink:#1c1b1a;--soft:#6b675f;--line:#e4e0d8;--shade:#f3f1ec;
--same:#1f7a4d;--same-bg:#e4f3ea;--changed:#8a5a00;--changed-bg:#fbefd3;--failed:#b3261e;--failed-bg:#fbe4e1;--unknown:#5a4bb3;--unknown-bg:#eae7fa;--unknown-fill:#8d80dc;
--removed:#fdeceb;--removed-mark:#f8c4bf;--added:#e7f6ec;--added-mark:#b4e3c4;--focus:#3557d6;--same-fill:#3fa873;--changed-fill:#e5ab3d;--failed-fill:#d9534a;
--mono:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
@media (prefers-color-scheme:dark){:root{--paper:#151514;--card:#1d1d1b;--ink:#ecebe6;--soft:#a09c92;--line:#34332f;--shade:#262522;
--same:#6fcf97;--same-bg:#173324;--changed:#f0c060;--changed-bg:#3a2e10;--failed:#ff8f85;--failed-bg:#43201d;--unknown:#b9aefc;--unknown-bg:#2a2547;--unknown-fill:#8d80dc;
--removed:#3a1f1d;--removed-mark:#7c3530;--added:#16301f;--added-mark:#2b6b42;--focus:#93a9ff;--same-fill:#4fb581;--changed-fill:#d8a648;--failed-fill:#e0746a}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;
-webkit-text-size-adjust:100%}
main{max-width:1360px;margin:0 auto;padding:clamp(1rem,3vw,3rem)}
h1{margin:.1em 0 .2em;font-size:clamp(1.5rem,1.1rem + 1.6vw,2.3rem);line-height:1.15;letter-spacing:-.02em;overflow-wrap:anywhere}
h3,h4,dt,th,.eyebrow{margin:0;font-size:.74rem;font-weight:600;letter-spacing:.06em;text-transform:uppercase;color:var(--soft)}
h3{margin:1.6rem 0 .5rem}
h4{margin:0 0 .5rem}
.lede{margin:.2em 0 .6em;font-size:1.1rem;max-width:70ch;overflow-wrap:anywhere}
.meta{display:flex;flex-wrap:wrap;gap:.1rem 1.2rem;margin:0;color:var(--soft);font-size:.85rem;overflow-wrap:anywhere}
pre,code,.diff td,.tree,.about,.ids{font-family:var(--mono);font-size:.8125rem}
pre,.diff td{white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:isolate;tab-size:2}
pre{margin:0;padding:.8rem 1rem;background:var(--shade);border-radius:8px;max-height:28rem;overflow:auto}
.summary{margin:1.8rem 0 1.2rem;padding:1.2rem 1.3rem 1.3rem;background:var(--card);border:1px solid var(--line);border-radius:14px}
.shares{display:block;width:100%;height:8px;border-radius:4px;background:var(--shade)}
rect.failed{fill:var(--failed-fill)}rect.changed{fill:var(--changed-fill)}rect.same{fill:var(--same-fill)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.2rem,1fr));gap:1rem 1.4rem;margin:1.2rem 0 0}
dd{margin:.1rem 0 0;font-size:1.5rem;font-weight:600;letter-spacing:-.01em;font-variant-numeric:tabular-nums;white-space:nowrap}
small{font-size:.8rem;font-weight:400;letter-spacing:0;color:var(--soft)}
.tiles .failed dd,td.failed,li.failed b{color:var(--failed)}.tiles .changed dd,li.changed b{color:var(--changed)}
.tiles .same dd,td.same,li.same b{color:var(--same)}
.tiles div .gloss{font-size:.75rem;font-weight:400;letter-spacing:0;color:var(--soft);white-space:normal}
.outcome{margin:1.4rem 0 0;padding:.8rem 1.1rem;border-radius:10px;border:1px solid}
.outcome p{margin:0;font-weight:600}.outcome ul{margin:.3rem 0 0;padding-left:1.4rem}
.outcome.failed{color:var(--failed);background:var(--failed-bg)}.outcome.changed{color:var(--changed);background:var(--changed-bg)}
.outcome.same{color:var(--same);background:var(--same-bg)}
.deltas{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;margin:1.2rem 0 0;color:var(--soft);font-variant-numeric:tabular-nums}
.deltas b{color:var(--ink);font-weight:600}
.scroll{overflow-x:auto}
.rows{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums}
.rows.scores{margin-top:1.3rem}
.rows th,.rows td{padding:.35rem 1.2rem .35rem 0;text-align:left;border-top:1px solid var(--line);white-space:nowrap}
.rows th{border:0}.rows td:first-child{white-space:normal;overflow-wrap:anywhere}
td.changed{color:var(--changed)}
.filters{display:flex;flex-wrap:wrap;gap:.4rem;margin:0 0 .8rem}
.filters input{position:absolute;opacity:0;pointer-events:none}
.filters label{padding:.28rem .8rem;border:1px solid var(--line);border-radius:99px;background:var(--card);cursor:pointer;font-size:.88rem}
.filters label::first-letter{text-transform:uppercase}
.filters b{font-variant-numeric:tabular-nums;color:var(--soft);font-weight:500}
.filters input:checked+label{background:var(--ink);color:var(--paper);border-color:var(--ink)}
.filters input:checked+label b{color:inherit}
.filters input:focus-visible+label,summary:focus-visible{outline:2px solid var(--focus);outline-offset:2px}
body:has(#show-problem:checked) .item:not(.problem),body:has(#show-failed:checked) .item:not(.failed),
body:has(#show-changed:checked) .item:not(.changed),body:has(#show-same:checked) .item:not(.same),
body:has(#show-stopped:checked) .item:not(.stopped),body:has(#show-unknown:checked) .item:not(.unknown),
body:has(#show-calls:checked) .item:not(.calls-differ){display:none}
.item,.code-change details{background:var(--card);border:1px solid var(--line);border-radius:10px;margin-bottom:.5rem;
content-visibility:auto;contain-intrinsic-size:auto 3rem}
.item.problem{border-left:3px solid var(--failed)}
summary{display:grid;grid-template-columns:6.4rem minmax(0,1fr) auto;gap:.3rem 1rem;align-items:center;padding:.65rem 1rem;cursor:pointer;list-style:none}
summary::-webkit-details-marker{display:none}
.code-change summary{display:block}.code-change summary::before,.item>summary .about::before{content:'▸ ';color:var(--soft)}
.code-change [open]>summary::before,.item[open]>summary .about::before{content:'▾ '}
.code-change{margin-top:1.4rem}
.code-change .diff{margin:0 1rem 1rem;width:calc(100% - 2rem)}
details[open]>summary{border-bottom:1px solid var(--line);margin-bottom:1rem}
.pill{justify-self:start;padding:.08rem .6rem;border-radius:99px;font-size:.78rem;font-weight:600}
.pill.unknown{background:var(--unknown-bg);color:var(--unknown)}rect.unknown{fill:var(--unknown-fill)}td.unknown,.tiles .unknown dd{color:var(--unknown)}
.pill.stopped{background:var(--shade);color:var(--soft)}rect.stopped{fill:var(--soft)}
.pill.failed{background:var(--failed-bg);color:var(--failed)}.pill.changed{background:var(--changed-bg);color:var(--changed)}
.pill.same{background:var(--same-bg);color:var(--same)}
.about{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;unicode-bidi:isolate}
.numbers{display:flex;gap:1.2rem;font-size:.85rem;font-variant-numeric:tabular-nums;white-space:nowrap}
.body{padding:0 1rem 1.1rem}
.body>h3:first-child{margin-top:.2rem}
.flags{grid-column:2/-1;display:flex;flex-wrap:wrap;gap:.1rem 1rem;font-size:.8rem;color:var(--soft)}
.why{grid-column:2/-1;font-size:.82rem;color:var(--failed);overflow-wrap:anywhere;unicode-bidi:isolate}details[open]>summary .why{display:none}
.note{margin:.5rem 0 0;color:var(--soft);font-size:.85rem}
.values{margin:.3rem 0 .5rem}
.values summary{display:list-item;list-style:disclosure-closed inside;padding:.15rem 0;color:var(--soft);font-size:.8rem;overflow-wrap:anywhere}
.values[open]>summary{list-style-type:disclosure-open;margin-bottom:.3rem;border:0}
.problems{margin:.2rem 0 0;padding:.6rem 1rem;list-style:none;background:var(--failed-bg);color:var(--failed);border-radius:8px;overflow-wrap:anywhere}
.verdict{margin:.8rem 0 0;overflow-wrap:anywhere}.verdict.same{color:var(--same)}.verdict.failed{color:var(--failed)}
.diff{width:100%;background:var(--card);border-collapse:separate;border-spacing:0;table-layout:fixed;border:1px solid var(--line);border-radius:8px;overflow:hidden}
.diff th{padding:.35rem .8rem;text-align:left;background:var(--shade)}
.diff td{padding:.08rem .8rem;vertical-align:top;min-height:1.2em}
.diff td:empty::after{content:" "}
.diff td+td,.diff th+th{border-left:1px solid var(--line)}
.diff .removed{background:var(--removed)}.diff .added{background:var(--added)}
.diff .removed mark{background:var(--removed-mark)}.diff .added mark{background:var(--added-mark)}
.diff .none{background:var(--shade)}
.diff .gap td{padding:.15rem .8rem;color:var(--soft);background:var(--shade);font-family:inherit;text-align:center}
mark{color:inherit;border-radius:2px}
.chips,.mocks{margin:0;padding:0;list-style:none;overflow-wrap:anywhere}
.chips{display:flex;flex-wrap:wrap;gap:.4rem}
.chips li{padding:.15rem .7rem;border:1px solid var(--line);border-radius:8px}
.tree ol,.calls ol{margin:0;padding:0;list-style:none}
.tree li{position:relative;display:flex;flex-wrap:wrap;gap:0 .6rem;align-items:baseline;padding:.22rem 0 .42rem var(--in,0);border-bottom:1px solid var(--line);overflow-wrap:anywhere}
.tree svg,.side svg{position:absolute;left:0;bottom:-1px;width:100%;height:3px}
.tree rect,.side rect{fill:var(--focus);opacity:.55}.tree .failed rect,.side.bad rect{fill:var(--failed-fill);opacity:.9}
.calls{border:1px solid var(--line);border-radius:8px;overflow:hidden}
.calls li{border-top:1px solid var(--line);border-left:3px solid transparent}
.calls li:first-child{border-top:0}
.calls .line{display:grid;grid-template-columns:minmax(0,1.3fr) minmax(0,1fr) minmax(0,1fr);margin:0;font-size:.8125rem}
.calls .line>span{padding:.3rem .8rem .4rem}
.calls .line>.call{padding-left:calc(.8rem + var(--in,0rem))}
.calls .head{background:var(--shade);border-bottom:1px solid var(--line);border-left:3px solid transparent;font-size:.74rem;font-weight:600;letter-spacing:.06em;text-transform:uppercase;color:var(--soft)}
.calls li.removed{background:var(--removed);border-left-color:var(--failed-fill)}
.calls li.added{background:var(--added);border-left-color:var(--same-fill)}
.calls li.reordered,.calls li.changed{border-left-color:var(--changed-fill)}
.calls li.changed{background:color-mix(in srgb,var(--changed-bg) 40%,transparent)}
.calls .values{padding:0 .8rem}
.call{overflow-wrap:anywhere}.call .key{font-family:var(--mono)}
.calls li.removed .key{text-decoration:line-through}
.side{position:relative;border-left:1px solid var(--line);color:var(--soft);font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.side.none{font-style:italic}.which{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.ending{color:var(--failed)}
.mark{display:inline-block;padding:0 .45rem;border-radius:4px;font-size:.74rem;font-weight:600;white-space:nowrap}
.mark.added{background:var(--added-mark);color:var(--ink)}.mark.removed{background:var(--removed-mark);color:var(--ink)}
.mark.reordered,.mark.changed{background:var(--changed-bg);color:var(--changed)}
.calls .more{padding:.25rem .8rem;font-size:.8rem;text-align:center;background:var(--shade)}
.facts,.more,.ids{color:var(--soft)}
.facts{margin-left:auto;font-size:.76rem;text-align:right}
.tag{display:inline-block;padding:0 .4rem;border-radius:4px;font-size:.72rem;background:var(--shade);color:var(--soft);border:1px solid var(--line);white-space:nowrap}
.tag.bad{background:var(--failed-bg);color:var(--failed);border-color:transparent}
.ids{margin:1.4rem 0 0;font-size:.75rem;overflow-wrap:anywhere}
@media (max-width:640px){summary{grid-template-columns:auto minmax(0,1fr)}.about{grid-column:1/-1;grid-row:2}.about{white-space:normal;display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical}.numbers{justify-self:end;gap:.8rem}.numbers span+span{display:none}.why{grid-column:1/-1;grid-row:3}.flags{grid-column:1/-1;grid-row:4}
.calls .head{display:none}.calls .line{grid-template-columns:minmax(0,1fr) minmax(0,1fr)}.call{grid-column:1/-1}.calls .side{padding-top:0;border-left:0}.calls .side+.side{border-left:1px solid var(--line)}.which{position:static;display:block;width:auto;height:auto;clip-path:none;font-size:.68rem;letter-spacing:.06em;text-transform:uppercase}
.tiles{grid-template-columns:repeat(2,minmax(0,1fr))}dd{font-size:1.25rem;white-space:normal}
.diff td,.diff th{padding-inline:.45rem}.diff td,pre{font-size:.75rem}.body{padding-inline:.8rem}}
@media print{.filters{display:none}.item{break-inside:avoid}}
${indents}`

const digest = createHash('sha256').update(style).digest('base64')

/** Nothing is loaded and nothing runs; only this style sheet is allowed. */
export const contentPolicy: string = `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`
