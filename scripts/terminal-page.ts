import { escapeHtml } from '../pipeline/report/html/page.js'

/** Colours of a terminal by their number (ECMA-48, 8.3.117): what `pipeline/report/pictures.ts` uses, on a dark ground. */
const STYLES: Readonly<Record<string, string>> = {
  ...{ 1: 'font-weight:bold', 2: 'color:#8b949e' },
  ...{
    31: 'color:#f47067',
    32: 'color:#6bc46d',
    33: 'color:#daaa3f',
    34: 'color:#6cb6ff',
    35: 'color:#dcbdfb',
    36: 'color:#76e3ea',
  },
  ...{ 90: 'color:#8b949e', 91: 'color:#ff938a', 94: 'color:#96d0ff', 95: 'color:#e2c5ff', 96: 'color:#a5f3fc' },
}

/** A page that shows what a program wrote on a terminal. @param said  text with colours, each ended by a reset */
export function terminalPage(command: string, said: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours of a terminal
  const parts = said.split(/\u001b\[(\d+)m/)
  let body = escapeHtml(parts[0] ?? '')
  for (let i = 1; i < parts.length; i += 2) {
    const style = STYLES[parts[i] ?? '']
    const text = escapeHtml(parts[i + 1] ?? '')
    body += style === undefined ? text : `<span style="${style}">${text}</span>`
  }
  // At this size a column of DejaVu Sans Mono is eight pixels wide: blocks meet without seams.
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>terminal</title><style>
body { margin: 0; background: #0d1117 }
pre { margin: 0; padding: 20px 24px; width: max-content; color: #e6edf3; font: 13.289px/16px "DejaVu Sans Mono", "Noto Sans Mono CJK SC", monospace }
b { color: #6bc46d }
</style><pre><b>$</b> ${escapeHtml(command)}\n${body}</pre>`
}
