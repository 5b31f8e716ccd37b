"""Looks and filter of a report's page, as they stand in it."""

from fivefold_benchmarks.report_svg import COLOURS

_DARK = ("#6db3f2", "#ff8f9b", "#5fcf97", "#e6b84d", "#c39bea", "#62c9da", "#e39b73", "#aab3c2", "#f08cc4")
"""The colours of series on a dark screen; the charts bring those for a light one."""

_SERIES = "".join(
    f".s{place}{{fill:var(--s{place});stroke:var(--s{place});background:var(--s{place})}}"
    for place in range(len(COLOURS))
)  # fmt: skip


def _colours(series: tuple[str, ...]) -> str:
    return "".join(f"--s{place}:{colour};" for place, colour in enumerate(series))


_LIGHT_SCREEN = f"--paper:#fff;--ink:#16181d;--link:#0b57b0;--right:#1a6e43;--wrong:#b3263a;{_colours(COLOURS)}"
_DARK_SCREEN = f"--paper:#14161a;--ink:#e8eaee;--link:#8ab8ff;--right:#5fcf97;--wrong:#ff8f9b;{_colours(_DARK)}"

STYLE = (
    f"""
:root{{color-scheme:light dark;{_LIGHT_SCREEN}}}
@media(prefers-color-scheme:dark){{:root{{{_DARK_SCREEN}}}}}
{_SERIES}
"""
    + """
html{background:var(--paper);color:var(--ink)}a{color:var(--link)}
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}
h2{margin:2.2rem 0 .4rem}h3{margin:1.2rem 0 .2rem;font-size:1rem}nav a{margin-right:.9rem}
.lead{font-size:1.1rem}
.wide{overflow-x:auto;margin:.5rem 0}
table{border-collapse:collapse}caption{text-align:left;font-weight:600;padding:.5rem 0 .2rem}
td,th{padding:.2rem .7rem .2rem 0;border-bottom:1px solid #8884;text-align:left;vertical-align:top;overflow-wrap:normal}
td{font-variant-numeric:tabular-nums;min-width:3.5rem;max-width:26rem}
svg{width:100%;max-width:760px;min-width:34rem;height:auto;display:block}.n{white-space:nowrap}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#8881;padding:.6rem;margin:.3rem 0;font-size:13px}
.text{font-family:inherit;font-size:15px}.item{border-bottom:1px solid #8884;padding:.3rem 0}summary{cursor:pointer}
.attempt{border-left:4px solid #8886;margin:.6rem 0;padding:.1rem .8rem}
.attempt.right{border-color:var(--right)}.attempt.wrong{border-color:var(--wrong)}
b.right{color:var(--right)}b.wrong{color:var(--wrong)}b{font-weight:600;margin-right:.6rem;white-space:nowrap}
.legend span{margin-right:1rem}
.legend i{display:inline-block;width:.8em;height:.8em;border-radius:50%;margin-right:.3em}
.filter{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:end;position:sticky;top:0;background:var(--paper);
  padding:.5rem 0;z-index:1}
.filter label{display:grid;font-size:13px}.filter input,.filter select{font:inherit;max-width:100%}
details details{margin-left:.5rem}.step{margin:.2rem 0 .2rem 1rem}
@media(max-width:40rem){.filter{position:static}body{margin:1rem auto}}
"""
)

SCRIPT = """
const by = id => document.getElementById(id), items = [...document.querySelectorAll('.item')];
const texts = items.map(item => item.querySelector('summary').textContent.toLowerCase()
  + item.querySelector('.text').textContent.toLowerCase());
function fits(item, place) {
  const mark = by('m').value, pipeline = by('p').value, asked = by('q').value.toLowerCase();
  if (asked && !texts[place].includes(asked)) return false;
  if (mark === 'differs') return item.dataset.differs === '1';
  if (mark === 'none') return !item.dataset.marks.includes('=right');
  if (!mark) return true;
  const names = [...by('p').options].map(option => option.value).filter(name => pipeline ? name === pipeline : name);
  return names.some(name => item.dataset.marks.includes(`|${name}=${mark}|`));
}
function show() {
  let shown = 0;
  items.forEach((item, place) => { const ok = fits(item, place); item.hidden = !ok; shown += ok; });
  by('n').textContent = `${shown} of ${items.length} problems`;
}
['q', 'p', 'm'].forEach(id => by(id).addEventListener('input', show));
show();
"""
