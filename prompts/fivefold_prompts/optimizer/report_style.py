"""Looks of a search's page, as they stand in it, for light and dark."""

STYLE = """
:root{color-scheme:light dark;--good:#2e8b57;--bad:#d1495b;--main:#1f6fb2;--doubt:#b8860b;--line:#8884}
@media(prefers-color-scheme:dark){:root{--good:#5fc08a;--bad:#ef7a89;--main:#6fb3ec;--doubt:#d9b04c}}
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h2{margin-top:2.2rem}h4{margin:.6rem 0 .2rem;font-family:ui-monospace,monospace;font-weight:600}
table{border-collapse:collapse;margin:.5rem 0}
td,th{padding:.2rem .7rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
td{font-variant-numeric:tabular-nums}.wide{overflow-x:auto}svg{max-width:100%;height:auto;display:block}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem}dt{opacity:.7}dd{margin:0;overflow-wrap:anywhere}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#8881;padding:.6rem;margin:.3rem 0;font-size:13px;
unicode-bidi:isolate}
ins{background:color-mix(in srgb,var(--good) 26%,transparent);text-decoration:none;border-bottom:2px solid var(--good)}
del{background:color-mix(in srgb,var(--bad) 22%,transparent)}
.verdict{border-left:5px solid var(--main);padding:.1rem 1rem;background:#8881}
.verdict.good{border-color:var(--good)}.verdict.bad{border-color:var(--doubt)}
details{border-bottom:1px solid var(--line);padding:.3rem 0}summary{cursor:pointer;overflow-wrap:anywhere}
details details{margin-left:.5rem}details.inner{border:0}
b{font-weight:600}b.good{color:var(--good)}b.bad{color:var(--bad)}b.doubt{color:var(--doubt)}
.meter{width:10rem;height:.6rem;background:#8883;border-radius:.3rem;display:inline-block;vertical-align:middle}
.meter i{display:block;height:100%;background:var(--main);border-radius:.3rem}
.quiet{opacity:.7}.f-main{fill:var(--main)}.f-good{fill:var(--good)}.f-bad{fill:var(--bad)}
.s-main{stroke:var(--main)}.s-good{stroke:var(--good)}.s-bad{stroke:var(--bad)}
@media print{details{break-inside:avoid}}
"""
