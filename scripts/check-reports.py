#!/usr/bin/env python3
"""Opens report pages in headless Chromium, as their readers do, and names what is wrong with them.

    scripts/check-reports.py [--screenshots DIR] [--chromium PATH] [REPORT.html ...]

Without a file: every results/reference/*/report.html. Each page is opened at 1280 and at 400 pixels, in light and in dark
colours, on paper, and with scripts switched off. A line for each fault, exit code 1 if there is one, 64 if nothing could be
checked. Needs playwright (pip install playwright) and a Chromium (apt-get install chromium); no browser is downloaded.
"""
import argparse
import csv
import pathlib
import re
import shutil
import sys
import tempfile
import time

try:
    from playwright.sync_api import Error, sync_playwright
except ImportError:
    print("check-reports: playwright is missing: pip install playwright", file=sys.stderr)
    sys.exit(64)

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAPER = 794  # A4 at 96 dots an inch
# name, width, colours, medium, scripts
VIEWS = [
    ("1280-light", 1280, "light", "screen", True),
    ("1280-dark", 1280, "dark", "screen", True),
    ("400-light", 400, "light", "screen", True),
    ("400-dark", 400, "dark", "screen", True),
    ("print", PAPER, "light", "print", True),
    ("400-no-script", 400, "light", "screen", False),
]
FONT_MIN = 10  # CSS pixels, at 400 px
SCREENSHOT_MAX = 12_000  # pixels high; beyond that Chromium draws nothing

# Returns {faults: [[kind, text]], charts, text}. Runs in the page, with every <details> unfolded.
INSPECT = r"""
({width, fontMin, medium}) => {
  const faults = [];
  const seen = new Map();
  // At most three of a kind: a page with one mistake in its style has it in hundreds of places.
  const fault = (kind, words) => {
    const count = (seen.get(kind) || 0) + 1;
    seen.set(kind, count);
    if (count <= 3) faults.push([kind, words]);
  };
  const short = text => { const t = text.trim().replace(/\s+/g, ' '); return t.length > 40 ? t.slice(0, 39) + '…' : t; };
  const root = document.documentElement;

  if (root.scrollWidth > width) {
    let widest = null;
    for (const e of document.body.querySelectorAll('*')) {
      const right = e.getBoundingClientRect().right;
      const scrolls = e.parentElement.closest('*') && (() => {
        for (let p = e.parentElement; p && p !== document.body; p = p.parentElement)
          if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(p).overflowX)) return true;
        return false;
      })();
      if (!scrolls && right > width && (!widest || right > widest.right)) widest = {right, e};
    }
    const by = widest ? `, by <${widest.e.tagName.toLowerCase()}${widest.e.id ? ' id=' + widest.e.id : ''}> "${short(widest.e.textContent)}"` : '';
    fault('wide', `is ${root.scrollWidth} px wide on ${width}${by}`);
  }

  // Colours in any notation, by drawing them.
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const pen = canvas.getContext('2d', {willReadFrequently: true});
  const colours = new Map();
  const colour = text => {
    if (!colours.has(text)) {
      pen.clearRect(0, 0, 1, 1); pen.fillStyle = text; pen.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
      colours.set(text, [r, g, b, a / 255]);
    }
    return colours.get(text);
  };
  const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const luminance = c => {
    const [r, g, b] = c.slice(0, 3).map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const backgrounds = new Map();
  const paper = medium === 'print' ? [255, 255, 255, 1] : colour(getComputedStyle(root).colorScheme.includes('dark')
    && matchMedia('(prefers-color-scheme: dark)').matches ? '#121212' : '#ffffff');
  const background = e => {
    if (!e) return paper;
    if (!backgrounds.has(e)) {
      const own = colour(getComputedStyle(e).backgroundColor);
      backgrounds.set(e, own[3] === 1 ? own : own[3] === 0 ? background(e.parentElement) : over(own, background(e.parentElement)));
    }
    return backgrounds.get(e);
  };
  const opacity = e => { let o = 1; for (; e; e = e.parentElement) o *= parseFloat(getComputedStyle(e).opacity); return o; };

  const labels = new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  for (let node; (node = walker.nextNode());) {
    if (!node.textContent.trim()) continue;
    const e = node.parentElement;
    if (e.closest('script, style, title, desc, noscript, template')) continue;
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    const style = getComputedStyle(e);
    // Text for screen readers alone is one pixel large.
    if (box.width < 2 || box.height < 2 || style.visibility !== 'visible' || style.clipPath !== 'none') continue;
    const svg = e.closest('svg');
    let size = parseFloat(style.fontSize);
    if (svg) {
      const matrix = e.getScreenCTM && e.getScreenCTM();
      if (matrix) size *= Math.hypot(matrix.a, matrix.b);
      const of = svg.closest('figure') || svg;
      const frame = svg.getBoundingClientRect();
      if (box.left < frame.left - 1.5 || box.right > frame.right + 1.5 || box.top < frame.top - 1.5 || box.bottom > frame.bottom + 1.5)
        fault('cut', `a label of chart ${of.id || of.dataset.chart || '?'} lies outside of it: "${short(node.textContent)}"`);
      if (!labels.has(svg)) labels.set(svg, []);
      labels.get(svg).push({box, text: node.textContent, e});
    }
    if (fontMin && size < fontMin - 0.05)
      fault('small', `text of ${size.toFixed(1)} px: "${short(node.textContent)}"`);
    const ink = colour(svg && style.fill !== 'none' ? style.fill : style.color).slice();
    ink[3] *= opacity(e);
    const ground = background(svg ? svg.parentElement : e);
    const [high, low] = [luminance(over(ink, ground)), luminance(ground)].sort((a, b) => b - a);
    const contrast = (high + 0.05) / (low + 0.05);
    const large = size >= 24 || (size >= 18.6 && parseInt(style.fontWeight) >= 700);
    if (contrast < (large ? 3 : 4.5) - 0.01)
      fault('contrast', `contrast ${contrast.toFixed(1)} of "${short(node.textContent)}"`);
  }

  for (const [svg, all] of labels) {
    const of = svg.closest('figure') || svg;
    for (let i = 0; i < all.length; i++) for (let j = i + 1; j < all.length; j++) {
      const [a, b] = [all[i].box, all[j].box];
      if (all[i].e.closest('text') === all[j].e.closest('text')) continue;
      const w = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const h = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (w > 1 && h > 1 && w * h > 0.2 * Math.min(a.width * a.height, b.width * b.height))
        fault('overlap', `labels of chart ${of.id || '?'} cover each other: "${short(all[i].text)}", "${short(all[j].text)}"`);
    }
  }

  const figures = [...document.querySelectorAll('figure[data-chart]')];
  const ids = new Set();
  for (const e of document.querySelectorAll('[id]')) {
    if (ids.has(e.id)) fault('id', `two elements are called ${e.id}`);
    ids.add(e.id);
  }
  for (const figure of figures) {
    const name = `chart ${figure.id || figure.dataset.chart}`;
    if (!figure.id) fault('id', `${name} has no id`);
    const box = figure.getBoundingClientRect();
    const drawing = figure.querySelector('svg, [role=img]');
    if (box.width <= 0 || box.height <= 0) { fault('empty', `${name} is not shown`); continue; }
    const inner = drawing && drawing.getBoundingClientRect();
    if (!inner || inner.width <= 0 || inner.height <= 0) { fault('empty', `${name} has no drawing`); continue; }
    // Marks are shapes, or boxes with a colour of their own.
    const isMark = e => e instanceof SVGElement ? e.matches('path, polyline, polygon, circle, rect, use')
      : e.getBoundingClientRect().width > 0 && (getComputedStyle(e).backgroundImage !== 'none' || colour(getComputedStyle(e).backgroundColor)[3] > 0);
    if (![...drawing.querySelectorAll('*')].some(isMark)) fault('empty', `${name} has no marks`);
    if (/="[^"]*\b(NaN|nan|inf|Infinity|undefined)\b[^"]*"/.test(drawing.outerHTML)) fault('numbers', `${name} has a number that is none`);
  }
  for (const figure of document.querySelectorAll('svg')) {
    if (!figure.closest('figure[data-chart]') && figure.getBoundingClientRect().height > 100)
      fault('unnamed', 'a drawing that is in no <figure data-chart=...>');
  }
  for (const a of document.querySelectorAll('a[href^="#"]')) {
    const to = decodeURIComponent(a.getAttribute('href').slice(1));
    if (to && !ids.has(to)) fault('anchor', `a link to #${to}, which is nowhere`);
  }
  for (const [kind, count] of seen) if (count > 3) faults.push([kind, `${kind}: and ${count - 3} more`]);
  return {faults, charts: figures.length, text: document.body.innerText};
}
"""


def kinds(report):
    """What charts a page has, by data-chart."""
    return set(re.findall(r'<figure[^>]* data-chart="([^"]+)"', pathlib.Path(report).read_text()))


def expected(folder):
    """The charts that a results folder's page must have, by the files that they are drawn from."""
    if not (folder / "summary.csv").exists():
        return set()
    with open(folder / "summary.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    # Runs that a load's faults disturb have no latency by size, and a folder without a valid run has no distribution.
    wanted = {"timeseries"}
    if any(row["valid"] == "true" for row in rows):
        wanted.add("percentiles")
    if len({row["ensemble_size"] for row in rows}) > 1 and not (folder / "elections.csv").exists():
        wanted |= {"throughput-by-size", "latency-by-size"}
    # ZooKeeper's rows have none: beside one of ours that is no sweep of strategies.
    if len({row["fsync_strategy"] for row in rows} - {""}) > 1:
        wanted.add("frontier")
    if any(row.get("of_capacity") and row["valid"] == "true" for row in rows):
        wanted.add("curve")
    for name, kind in [("elections", "elections"), ("servers", "servers"), ("faults-timeseries", "faults")]:
        if (folder / f"{name}.csv").exists():
            wanted.add(kind)
    if "ledger" in stage_kinds(folder):
        wanted.add("stages")
    return wanted


def stage_kinds(folder):
    """`ledger` of traced writes, which is drawn, and `server` of what other systems report of themselves, which is a table."""
    if not (folder / "stages.csv").exists():
        return set()
    with open(folder / "stages.csv", newline="") as file:
        return {row["kind"] for row in csv.DictReader(file)}


def chromium_path(asked):
    for name in [asked] if asked else ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]:
        path = shutil.which(name)
        if path:
            return path
    print("check-reports: no Chromium: apt-get install chromium, or --chromium PATH", file=sys.stderr)
    sys.exit(64)


def open_page(browser, report, has_scripts, faults):
    """The page, with what it asks for and complains about noted as faults."""
    context = browser.new_context(java_script_enabled=has_scripts, offline=True)
    page = context.new_page()
    page.on("request", lambda request: faults.append(f"asks the network for {request.url}")
            if not request.url.startswith(("file:", "data:", "blob:")) else None)
    page.on("console", lambda message: faults.append(f"console: {message.text}") if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(f"script: {error}"))
    page.goto(report.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => { if (d.open) d.dataset.checkedOpen = '' })")
    return page


def look(page, report, view, screenshots):
    """-> (faults, charts, height, text) of one view, folded as the page opens and then with everything unfolded"""
    name, width, scheme, medium, has_scripts = view
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(media=medium, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = 'checkedOpen' in d.dataset)")
    height = page.evaluate("document.documentElement.scrollHeight")
    found = []
    if page.evaluate("document.documentElement.scrollWidth") > width:
        found.append("is too wide before anything is unfolded")
    if screenshots and has_scripts:
        clip = {"x": 0, "y": 0, "width": width, "height": min(height, SCREENSHOT_MAX)}
        page.screenshot(path=screenshots / f"{report.parent.name}-{name}.png", full_page=True, clip=clip)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    result = page.evaluate(INSPECT, {"width": width, "fontMin": FONT_MIN if width == 400 else 0, "medium": medium})
    return found + [words for _, words in result["faults"]], result["charts"], height, result["text"]


def check(browser, report, screenshots):
    """-> (faults, one line about the page)"""
    places, loading, charts, heights, texts = {}, [], set(), {}, {}
    for has_scripts in (True, False):
        page = open_page(browser, report, has_scripts, loading)
        for view in [view for view in VIEWS if view[4] == has_scripts]:
            found, count, heights[view[0]], texts[view[0]] = look(page, report, view, screenshots)
            charts.add(count)
            for words in found:
                places.setdefault(words, []).append(view[0])
        page.context.close()
    faults = list(dict.fromkeys(loading))
    faults += [f"{', '.join(names) if len(names) < len(VIEWS) else 'everywhere'}: {words}" for words, names in places.items()]
    missing = sorted(expected(pathlib.Path(report).parent) - kinds(report))
    if charts == {0}:
        faults.append("has no chart (no <figure data-chart=...>)")
    elif missing:
        faults.append(f"has no chart of {', '.join(missing)}, but the folder has its files")
    elif "server" in stage_kinds(pathlib.Path(report).parent) and "own averages" not in texts["1280-light"]:
        faults.append("has no table of what other systems report of their stages, but the folder has its files")
    elif len(charts) > 1:
        faults.append(f"has {sorted(charts)} charts, depending on the view")
    if texts["400-light"] != texts["400-no-script"]:
        faults.append("reads otherwise without scripts")
    return faults, f"{max(charts)} charts, {heights['1280-light']:,} px high at 1280, {heights['400-light']:,} at 400"


# What a page must not be: each of these is found, or the check itself is broken.
BAD_PAGE = """<!doctype html><title>bad</title><style>body{color:#999;background:#fff;margin:0}
@media (prefers-color-scheme: dark){body{color:#333;background:#111}}</style>
<p>pale</p><p style="font-size:9px">tiny</p><div style="width:1300px">wide</div><a href="#none">nowhere</a>
<figure data-chart="a" id="a">no drawing</figure><figure data-chart="b" id="b" style="display:none"><svg><path/></svg></figure>
<figure data-chart="c" id="c"><svg viewBox="0 0 100 100" width="100" height="100"><path d="M0 NaN"/>
<text x="90" y="50">beyond</text><text x="5" y="20">first</text><text x="5" y="22">second</text></svg></figure>
<figure data-chart="d" id="c"><svg viewBox="0 0 100 100" width="100" height="100"></svg></figure>
<img src="http://192.0.2.1/x.png" alt=""><script>document.write("script"); console.error("oh")</script>"""
BAD_WORDS = ["px wide on", "text of 9.0 px", "contrast", "#none, which is nowhere", "chart a has no drawing",
             "chart b is not shown", "has a number that is none", "lies outside", "cover each other", "has no marks",
             "two elements are called c", "network for http://192.0.2.1", "console: oh", "reads otherwise"]


def self_test(browser):
    """-> the faults of the bad page that were not found"""
    with tempfile.TemporaryDirectory() as folder:
        page = pathlib.Path(folder) / "report.html"
        page.write_text(BAD_PAGE)
        faults, _ = check(browser, page, None)
    return [f"does not find: {words}" for words in BAD_WORDS if not any(words in fault for fault in faults)]


def main():
    parser = argparse.ArgumentParser(description="Checks report pages in headless Chromium.")
    parser.add_argument("reports", nargs="*", type=pathlib.Path)
    parser.add_argument("--screenshots", type=pathlib.Path, help="a folder for a picture of each page in each view")
    parser.add_argument("--chromium", help="the browser's program")
    arguments = parser.parse_args()
    reports = [report.resolve() for report in arguments.reports] or sorted(ROOT.glob("results/reference/*/report.html"))
    if not reports:
        parser.error("no reports in results/reference: name some")
    for report in reports:
        if not report.is_file():
            parser.error(f"{report}: no such file")
    if arguments.screenshots:
        arguments.screenshots.mkdir(parents=True, exist_ok=True)
    begun, count = time.monotonic(), 0
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium_path(arguments.chromium), args=["--no-sandbox", "--disable-gpu"]
            )
            for words in self_test(browser):
                print(f"check-reports: {words}", file=sys.stderr)
                count += 1
            for report in reports:
                faults, line = check(browser, report, arguments.screenshots)
                shown = report.relative_to(ROOT) if report.is_relative_to(ROOT) else report
                for words in faults:
                    print(f"check-reports: {shown}: {words}", file=sys.stderr)
                print(f"{shown}: {line}: {'ok' if not faults else f'{len(faults)} faults'}")
                count += len(faults)
            browser.close()
    except Error as error:
        print(f"check-reports: {str(error).splitlines()[0]}", file=sys.stderr)
        return 64
    print(f"{len(reports)} reports in {len(VIEWS)} views, {count} faults, {time.monotonic() - begun:.0f} s")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
