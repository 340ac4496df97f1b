/**
 * The fields of one CSV line (RFC 4180: quotes around a field, doubled inside). One pass, never throws; an open quote ends with the line.
 * @param most  fields after this one are left out
 */
export function splitCsv(line: string, most: number, separator = ','): string[] {
  const fields: string[] = []
  let at = 0
  while (fields.length < most) {
    if (line[at] !== '"') {
      const end = line.indexOf(separator, at)
      fields.push(end < 0 ? line.slice(at) : line.slice(at, end))
      if (end < 0) break
      at = end + 1
      continue
    }
    let text = ''
    let from = at + 1
    for (;;) {
      const end = line.indexOf('"', from)
      text += end < 0 ? line.slice(from) : line.slice(from, end)
      from = end < 0 ? line.length : end + 1
      if (end < 0 || line[from] !== '"') break
      text += '"'
      from++
    }
    fields.push(text)
    const next = line.indexOf(separator, from)
    if (next < 0) break
    at = next + 1
  }
  return fields
}
