/**
 * `key=value key="a value" key='a value'` as appliances write it, first value of a key wins. Quotes may be escaped with a backslash.
 * @param text  looked at up to 8000 characters
 */
export function keyValues(text: string, keys: RegExp = PAIR): Map<string, string> {
  const found = new Map<string, string>()
  for (const m of text.slice(0, MAX_TEXT).matchAll(keys)) {
    const key = m[1] as string
    if (!found.has(key)) found.set(key, m[2] ?? m[3] ?? m[4] ?? '')
  }
  return found
}

const MAX_TEXT = 8_000
const PAIR =
  /(?<![\w.-])([A-Za-z_][\w.-]{0,63})=(?:"([^"\\]{0,2000}(?:\\.[^"\\]{0,2000}){0,40})"|'([^']{0,2000})'|([^\s,;"']{0,2000}))/g
