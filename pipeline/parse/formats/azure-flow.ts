import { address, count, type End, endOf, type Flow, flowFields } from '../flow.js'
import { acceptAll, defineFormat, keepingLast, type ParsedEvent } from '../format.js'
import { type JsonLine, readJsonLine, textAt } from '../json-line.js'
import { readTime } from '../time.js'

/**
 * Azure flow logs: of network security groups (version 1 and 2) and of virtual networks. A record holds the flows of a minute by rule, each as a
 * tuple of commas: second (of virtual networks: millisecond) of epoch, source, destination, their ports, protocol, direction, decision or state, then
 * packets and bytes each way since the tuple before. A flow begins (B), goes on (C), ends (E) or was denied (D).
 * Source: Microsoft Learn, Azure Network Watcher, "NSG flow logs overview" and "Virtual network flow logs overview", Log format.
 */
type Tuple = Flow & { readonly at: string; readonly direction: string | undefined; readonly end: End }

const KEY = '"flowTuples"'
const MOST_FLOWS = 2_000
const NSG = /^\d{10},/
const VNET = /^\d{13},/
const TRANSPORTS: Readonly<Record<string, string>> = { T: 'tcp', U: 'udp' }
const DIRECTIONS: Readonly<Record<string, string>> = { I: 'inbound', O: 'outbound' }

/** `second,source,destination,port,port,T|U,I|O,A|D[,B|C|E,packets,bytes,packets,bytes]` */
function nsgTuple(cells: readonly string[]): Tuple {
  const [at = '', from, to, fromPort, toPort, transport = '', way = '', decision, state, ...counts] = cells
  const [packetsOut, bytesOut, packetsBack, bytesBack] = counts
  const flow = {
    from,
    to,
    fromPort,
    toPort,
    transport: TRANSPORTS[transport],
    packetsOut,
    bytesOut,
    packetsBack,
    bytesBack,
  }
  const end: End = decision === 'D' ? 'denied' : decision !== 'A' ? 'other' : state ? stateOf(state, flow) : 'allowed'
  return { at, ...flow, direction: DIRECTIONS[way], end }
}

/** `millisecond,source,destination,port,port,protocol,I|O,B|C|E|D,encryption,packets,bytes,packets,bytes` */
function vnetTuple(cells: readonly string[]): Tuple {
  const [at = '', from, to, fromPort, toPort, transport, way = '', state = '', _encryption, ...counts] = cells
  const [packetsOut, bytesOut, packetsBack, bytesBack] = counts
  const flow = { from, to, fromPort, toPort, transport, packetsOut, bytesOut, packetsBack, bytesBack }
  return { at, ...flow, direction: DIRECTIONS[way], end: stateOf(state, flow) }
}

function stateOf(state: string, flow: Flow): End {
  if (state === 'D') return 'denied'
  if (state === 'B') return 'started'
  return state === 'E'
    ? count(flow.packetsBack) === 0 && count(flow.packetsOut)
      ? endOf(flow, 'other')
      : 'ended'
    : 'other'
}

const isObject = (value: unknown): value is JsonLine => typeof value === 'object' && value !== null
const listAt = (value: JsonLine, key: string): readonly JsonLine[] =>
  Array.isArray(value[key]) ? (value[key] as unknown[]).filter(isObject) : []

/** The rule and its tuples, in whichever of the two nestings. */
function* groupsOf(
  record: JsonLine,
): Generator<{ rule: string | undefined; mac: string | undefined; tuples: unknown }> {
  const properties = isObject(record.properties) ? record.properties : {}
  for (const byRule of listAt(properties, 'flows'))
    for (const flow of listAt(byRule, 'flows'))
      yield { rule: textAt(byRule, 'rule'), mac: textAt(flow, 'mac'), tuples: flow.flowTuples }
  const records = isObject(record.flowRecords) ? record.flowRecords : {}
  for (const acl of listAt(records, 'flows'))
    for (const group of listAt(acl, 'flowGroups'))
      yield { rule: textAt(group, 'rule'), mac: textAt(record, 'macAddress'), tuples: group.flowTuples }
}

const read = keepingLast((text): JsonLine | undefined => (text.includes(KEY) ? readJsonLine(text) : undefined))

export const azureFlow = defineFormat({
  id: 'azure-flow',
  title: 'Azure flow logs (network security groups, virtual networks)',
  source: 'Microsoft Learn, Azure Network Watcher, NSG flow logs; Virtual network flow logs',
  detect: (text, header) => (read(text, header) ? 1 : 0),
  parse: (text, header) => {
    const record = read(text, header)
    if (!record) return undefined
    const resource = textAt(record, 'resourceId', 'targetResourceID', 'flowLogResourceID')
    const observer = resource?.slice(resource.lastIndexOf('/') + 1).slice(0, 256)
    const events: ParsedEvent[] = []
    const answered = new Set<string>()
    for (const { rule, mac, tuples } of groupsOf(record)) {
      if (!Array.isArray(tuples)) continue
      for (const line of tuples) {
        const event =
          typeof line === 'string' && events.length < MOST_FLOWS
            ? eventOf(line, { rule, mac, observer, answered })
            : undefined
        if (event) events.push(event)
      }
    }
    return acceptAll(events)
  },
})

type Around = {
  readonly rule: string | undefined
  readonly mac: string | undefined
  readonly observer: string | undefined
  /** Flows that had an answer before. */
  readonly answered: Set<string>
}

function eventOf(line: string, { rule, mac, observer, answered }: Around): ParsedEvent | undefined {
  const cells = line.slice(0, 400).split(',', 16)
  const tuple = NSG.test(line) ? nsgTuple(cells) : VNET.test(line) ? vnetTuple(cells) : undefined
  const time = tuple && readTime(tuple.at)?.time
  if (!tuple || !time || address(tuple.from) === undefined || address(tuple.to) === undefined) return undefined
  const { from, fromPort, to, toPort, direction } = tuple
  const pair = `${from} ${fromPort} ${to} ${toPort}`
  if (count(tuple.packetsBack)) answered.add(pair)
  // The counts of an end are those since the tuple before: silence in the last minutes is none from the start.
  const end = tuple.end === 'unanswered' && answered.has(pair) ? 'ended' : tuple.end
  const hasCounts = end !== 'started' && end !== 'denied'
  const own = direction === 'inbound' ? { toMac: mac } : { fromMac: mac }
  const fields = flowFields({ ...tuple, ...(hasCounts ? {} : NO_COUNTS), ...own, rule }, end)
  if (direction !== undefined) fields['network.direction'] = direction
  if (observer) fields['observer.name'] = observer
  fields['observer.type'] = 'firewall'
  fields.message = `${end} ${from}:${fromPort} to ${to}:${toPort}`
  return { time, fields }
}
/** Zeros of what has only begun. */
const NO_COUNTS = { packetsOut: undefined, bytesOut: undefined, packetsBack: undefined, bytesBack: undefined }
