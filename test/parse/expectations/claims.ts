import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'

/** What somebody else's parser says of one record of a file, by that parser's own names. */
export type Claim = {
  /** The log, from the root of the collections. */
  readonly file: string
  readonly collection: Collection
  /** Words of the record. Several claims with the same words speak of the records that have them, in order. */
  readonly words: string
  readonly fields: ReadonlyMap<string, string>
}
export const COLLECTIONS = {
  crowdsec: 'crowdsec: assertions of the parsers of its hub',
  elastic: 'elastic: expected events of its integrations (ECS 1.10)',
  head: 'head: logs whose first lines name their columns (Zeek, IIS, Windows firewall)',
  napalm: 'napalm: model and header of each message in the tests of napalm-logs',
  ntc: 'ntc: rows of `show logging` in the tests of ntc-templates (Cisco IOS, ASA)',
} as const
export type Collection = keyof typeof COLLECTIONS

/** Every claim of the collections. Outputs of `show` commands that are no logs are left out: their rows are no events. */
export async function claimsIn(root: string): Promise<Claim[]> {
  const rows = (await readFile(join(root, 'MANIFEST.tsv'), 'utf8')).trim().split('\n').slice(1)
  const claims = rows.map(async (row) => {
    const [file = '', , , , , golden = ''] = row.split('\t')
    if (NAMED_COLUMNS.test(file)) return ofColumns(await readFile(join(root, file), 'latin1'), file)
    const read = READERS.find(([suffix]) => golden.endsWith(suffix))?.[1]
    if (read === undefined || NOT_LOGS.test(file)) return []
    const [text, log] = await Promise.all([golden, file].map((path) => readFile(join(root, path), 'utf8')))
    return read(text ?? '', log ?? '').map(({ words, fields, collection }) => ({ file, words, fields, collection }))
  })
  return (await Promise.all(claims)).flat()
}

/** Logs whose own head names their columns. Zeek's own are left out: they are its baselines, with their times crossed out. */
const NAMED_COLUMNS = /\/(?:logfile_bro_conn\.log\.0|windows_firewall\.log|iis\/[\w-]+\.log)$/
const NOT_LOGS = /\/(?:ping|traceroute|show_interfaces?|show_arp|show_ip_route)\//

type Unplaced = Omit<Claim, 'file'>
const READERS: readonly (readonly [suffix: string, read: (golden: string, log: string) => Unplaced[]])[] = [
  ['.assert', crowdsec],
  ['yang.json', napalm],
  ['.json', elastic],
  ['.yml', ntc],
]

/** `results["stage"]["parser"][n].Evt.Parsed["name"] == "value"`: one event a number, said again by every stage that saw it. */
function crowdsec(golden: string): Unplaced[] {
  const stages = new Map<string, Map<string, string>[]>()
  const said =
    /^results\["([^"]+)"\]\["([^"]+)"\]\[(\d+)\]\.Evt\.(Parsed|Meta|Enriched|Unmarshaled)((?:\["[^"]+"\])+) == (.+)$/gm
  for (const [, stage, parser, n, kind, path = '', value = ''] of golden.matchAll(said)) {
    const key = `${stage} ${parser}`
    const events = stages.get(key) ?? []
    stages.set(key, events)
    const event = events[Number(n)] ?? new Map<string, string>()
    events[Number(n)] = event
    event.set(`${kind}.${path.slice(2, -2).split('"]["').join('.')}`, unquoted(value))
  }
  const claims = new Map<string, { words: string; fields: Map<string, string> }>()
  for (const events of stages.values()) {
    const seen = new Map<string, number>()
    for (const fields of events) {
      const words = fields?.get('Parsed.message')?.trim()
      if (words === undefined) continue
      const nth = (seen.get(words) ?? 0) + 1
      seen.set(words, nth)
      const claim = claims.get(`${nth} ${words}`) ?? { words, fields: new Map<string, string>() }
      claims.set(`${nth} ${words}`, claim)
      for (const [name, value] of fields) claim.fields.set(name, value)
    }
  }
  return [...claims.values()].map((claim) => ({ ...claim, collection: 'crowdsec' }))
}

const unquoted = (value: string): string =>
  value.startsWith('"') ? JSON.parse(value) : value.replace(/^(['`])(.*)\1$/, '$2')

function elastic(golden: string): Unplaced[] {
  const { expected } = JSON.parse(golden) as { expected: unknown[] }
  return expected.map((event) => {
    const fields = new Map(leaves(event).map(([path, value]) => [path.join('.'), value]))
    return { words: fields.get('event.original') ?? '', fields, collection: 'elastic' }
  })
}

/** Parts of a model's path whose next part is no name but the thing itself. */
const INSTANCES = new Set(['neighbor', 'interface', 'adjacency', 'member', 'user'])

/** One message a file. Of the model only the last names are kept: `yang.oper_status`, and `yang.interface` for the key itself. */
function napalm(golden: string, log: string): Unplaced[] {
  const fields = new Map<string, string>()
  for (const [path, value] of leaves(JSON.parse(golden))) {
    if (path[0] !== 'yang_message') fields.set(path.join('.'), value)
    else {
      fields.set(`yang.${path.at(-1)}`, value)
      for (const [i, part] of path.entries())
        if (INSTANCES.has(part) && i < path.length - 1) fields.set(`yang.${part}`, path[i + 1] ?? '')
    }
  }
  fields.set('date time', `${fields.get('message_details.date')} ${fields.get('message_details.time')}`)
  return [{ words: log.trim().slice(0, 60), fields, collection: 'napalm' }]
}

type Sample = Record<string, string | string[]>
function ntc(golden: string): Unplaced[] {
  const { parsed_sample: samples } = parse(golden) as { parsed_sample: Sample[] }
  return samples.map((sample) => {
    const fields = new Map(Object.entries(sample).map(([name, value]) => [name, [value].flat()[0] ?? '']))
    const part = (name: string): string => fields.get(name) ?? ''
    fields.set('code', ['facility', 'severity', 'mnemonic'].map(part).filter(Boolean).join('-'))
    fields.set('when', ['month', 'day', 'year', 'time', 'timezone'].map(part).filter(Boolean).join(' '))
    return { words: `${part('code')}: ${part('message')}`, fields, collection: 'ntc' }
  })
}

function leaves(value: unknown, path: readonly string[] = []): [path: readonly string[], value: string][] {
  if (Array.isArray(value)) return [[path, value.map(String).sort().join(' ')]]
  if (typeof value !== 'object' || value === null) return value === null ? [] : [[path, String(value)]]
  return Object.entries(value).flatMap(([name, inner]) => leaves(inner, [...path, name]))
}

function ofColumns(log: string, file: string): Claim[] {
  let names: readonly string[] = []
  const claims: Claim[] = []
  for (const line of log.split(/\r?\n/)) {
    const head = /^#fields:?\s+(.+)$/i.exec(line)?.[1]
    const mark = line.includes('\t') ? '\t' : ' '
    if (head !== undefined) names = head.trimEnd().split(mark)
    if (line === '' || line.startsWith('#')) continue
    const cells = line.trimEnd().split(mark)
    // A value with a blank in it shifts all that follow: the head no longer says what they are.
    if (cells.length !== names.length) continue
    const fields = new Map(names.map((name, i) => [name, cells[i] === '(empty)' ? '' : (cells[i] ?? '')]))
    if (fields.has('time')) fields.set('date time', `${fields.get('date')} ${fields.get('time')}`)
    claims.push({ file, collection: 'head', words: line.trimEnd(), fields })
  }
  return claims
}
