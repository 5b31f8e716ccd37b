"""Looks and filter of a report's page, as they stand in it."""

STYLE = """
:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:.5rem 0}td,th{padding:.2rem .7rem;border-bottom:1px solid #8884;text-align:left}
td{font-variant-numeric:tabular-nums}svg{max-width:100%;height:auto}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem}dt{opacity:.7}dd{margin:0;overflow-wrap:anywhere}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#8881;padding:.6rem;margin:.3rem 0;font-size:13px}
.text{font-family:inherit;font-size:15px}.item{border-bottom:1px solid #8884;padding:.3rem 0}summary{cursor:pointer}
.attempt{border-left:4px solid #8886;margin:.6rem 0;padding:.1rem .8rem}
.attempt.right{border-color:#2e8b57}.attempt.wrong{border-color:#d1495b}
b.right{color:#2e8b57}b.wrong{color:#d1495b}b.none{opacity:.6}b{font-weight:600;margin-right:.6rem}
.legend span{margin-right:1rem}
.legend i{display:inline-block;width:.8em;height:.8em;border-radius:50%;margin-right:.3em}
.filter{display:flex;gap:.5rem;align-items:center;position:sticky;top:0;background:Canvas;padding:.5rem 0}
.warn{border-left:4px solid #b8860b;padding-left:.8rem}
details details{margin-left:.5rem}.step{margin:.2rem 0 .2rem 1rem}
"""

SCRIPT = """
const by = id => document.getElementById(id), items = [...document.querySelectorAll('.item')];
const texts = items.map(item => item.querySelector('summary').textContent.toLowerCase()
  + item.querySelector('.text').textContent.toLowerCase());
function fits(item, place) {
  const mark = by('m').value, pipeline = by('p').value, asked = by('q').value.toLowerCase();
  if (asked && !texts[place].includes(asked)) return false;
  if (mark === 'differs') return item.dataset.differs === '1';
  if (!mark) return true;
  const names = [...by('p').options].map(option => option.value).filter(name => pipeline ? name === pipeline : name);
  return names.some(name => (' ' + item.dataset.marks + ' ').includes(` ${name}=${mark} `));
}
function show() {
  let shown = 0;
  items.forEach((item, place) => { const ok = fits(item, place); item.hidden = !ok; shown += ok; });
  by('n').textContent = `${shown} of ${items.length}`;
}
['q', 'p', 'm'].forEach(id => by(id).addEventListener('input', show));
show();
"""
