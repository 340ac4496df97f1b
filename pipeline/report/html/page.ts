import { createHash } from 'node:crypto'
import { SCRIPT, STYLE } from './assets.js'
import { headline } from './headline.js'
import type { Details, Facts, Model } from './model.js'

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`

/** Nothing is fetched, nothing runs but the page's own script, nothing is sent. */
const POLICY = [
  "default-src 'none'",
  `script-src ${hash(SCRIPT)}`,
  `style-src ${hash(STYLE)}`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

/** JSON that no HTML parser takes for anything else: it cannot close its element, nor open a comment. */
export const jsonFor = (value: unknown): string =>
  JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)

/**
 * The page, in pieces that are written one after the other. The sentence of the first screen stands in the HTML, so that it is there
 * before any script has run; the verdicts come last, so that the first screen does not wait for them.
 */
export function* page(report: { model: Model; facts: Facts; details: Details }): Generator<string> {
  const said = headline(report.model)
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>whytimeout: ${escapeHtml(said.short.en)}</title>
<style>${STYLE}</style>
</head>
<body>
<a class="skip" id="skip" href="#main" data-word="skip"></a>
<header class="top" id="bar"><span class="brand">whytimeout</span></header>
<main id="main" tabindex="-1">
<h1 id="sentence"><span lang="en">${escapeHtml(said.whole.en)}</span><span lang="zh-CN" hidden>${escapeHtml(said.whole.zh)}</span></h1>
<noscript><p>The charts and the list need JavaScript. The same verdicts are in verdicts.ndjson, as text in <code>whytimeout explain</code>. 图表和列表需要JavaScript；相同的结论见verdicts.ndjson。</p></noscript>
</main>
<script type="application/json" id="model-json">${jsonFor(report.model)}</script>`
  yield `<script>${SCRIPT}</script>`
  yield `<script type="application/json" id="facts-json">${jsonFor(report.facts)}</script>`
  const { verdicts, lines } = report.details
  yield '<script type="application/json" id="verdicts-json">['
  for (const [i, v] of verdicts.entries()) yield `${i > 0 ? ',' : ''}${jsonFor(v)}`
  yield ']</script>'
  yield '<script type="application/json" id="lines-json">{'
  let isFirst = true
  for (const [id, line] of Object.entries(lines)) {
    yield `${isFirst ? '' : ','}${jsonFor(id)}:${jsonFor(line)}`
    isFirst = false
  }
  yield '}</script>'
  yield '</body></html>'
}
