/** The name of a log, and where a file of it stands among the rotated ones. */
export type Rotation = { readonly name: string; readonly order: number }

const ROTATION = /^(?<name>.+?)(?:[.-](?<n>\d{1,4}|\d{8}(?:[-.]\d{1,6})?|\d{4}-\d{2}-\d{2}))?(?:\.(?:gz|zst|xz|bz2))?$/

const baseName = (path: string): string => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)

/** `app.log.2.gz` is the log `app.log`, older than `app.log.1` and `app.log`; dated suffixes sort by their date. */
export function rotationOf(path: string): Rotation {
  const base = baseName(path)
  const m = ROTATION.exec(base)
  const n = m?.groups?.n
  if (n === undefined) return { name: m?.groups?.name ?? base, order: Number.MAX_SAFE_INTEGER }
  const digits = Number(n.replace(/\D/g, ''))
  return { name: m?.groups?.name ?? base, order: n.length <= 4 ? -digits : digits }
}

export const logNameOf = (path: string): string => rotationOf(path).name
