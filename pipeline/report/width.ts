/** Columns a text takes on a terminal: Chinese, full-width and CJK punctuation take two. */
export function widthOf(text: string): number {
  let width = 0
  for (const c of text) {
    const p = c.codePointAt(0) ?? 0
    width +=
      (p >= 0x1100 && p <= 0x115f) ||
      (p >= 0x2e80 && p <= 0xa4cf) ||
      (p >= 0xac00 && p <= 0xd7a3) ||
      (p >= 0xf900 && p <= 0xfaff) ||
      (p >= 0xfe30 && p <= 0xfe6f) ||
      (p >= 0xff00 && p <= 0xff60) ||
      (p >= 0xffe0 && p <= 0xffe6) ||
      (p >= 0x20000 && p <= 0x3fffd)
        ? 2
        : 1
  }
  return width
}

export const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)))

/** Cut to a width, with an ellipsis. */
export function cutTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let out = ''
  let used = 0
  for (const c of text) {
    const w = widthOf(c)
    if (used + w > width - 1) break
    out += c
    used += w
  }
  return `${out}…`
}

/** A word, spaces, or a Chinese character with the marks that must not be parted from it: none begins a line, no bracket ends one. */
const PIECE = /[（《「『“]*(?:[\u2e80-\uffef]|[^\s\u2e80-\uffef]+(?: %)?)[，。；：？！、）》」』”…]*|\s+/g

/** Broken into lines of a width: at spaces, Chinese anywhere but before a mark. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const piece of text.match(PIECE) ?? []) {
    if (widthOf(line) + widthOf(piece) > width && line !== '') {
      lines.push(line.trimEnd())
      line = piece.trimStart()
    } else line += piece
  }
  if (line.trim() !== '') lines.push(line.trimEnd())
  return lines.length === 0 ? [''] : lines
}
