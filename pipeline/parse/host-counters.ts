/**
 * Counters in what commands of a host print, line by line: some tables name their columns in the line before, or the interface in a line further up.
 * Names are `<interface>.rx_errors` and the like where a line is about one of several, and end in `:<port>` where it is about a listener's.
 * Source: ss(8), netstat(8), ip-link(8), ethtool(8), ifconfig(8), iostat(1), proc(5) (net/dev, net/netstat, net/snmp, net/sockstat), and `show interfaces` of switches.
 */
export type Add = (name: string, value: string | number, sum?: boolean) => void

/** State Recv-Q Send-Q local peer: of a listener they are the queue and its limit. */
const SS_ROW =
  /^\s{0,2}(?:tcp6? +)?(ESTAB|LISTEN|SYN-RECV|SYN-SENT|TIME-WAIT|CLOSE-WAIT|FIN-WAIT-1|FIN-WAIT-2|LAST-ACK|CLOSING) +(\d{1,9}) +(\d{1,9}) +(\S{3,80}) /
const NETSTAT_ROW =
  /^tcp6? {1,8}(\d{1,9}) {1,8}(\d{1,9}) (\S{3,60}) +\S{3,60} +(ESTABLISHED|LISTEN|SYN_RECV|SYN_SENT|TIME_WAIT|CLOSE_WAIT|FIN_WAIT1|FIN_WAIT2|LAST_ACK|CLOSING)\b/
const PORT = /:\d{1,5}$/
const SS_SUMMARY =
  /^TCP: {1,6}\d{1,9} \(estab (\d{1,9}), closed \d{1,9}, orphaned (\d{1,9})(?:, synrecv (\d{1,9}))?, timewait (\d{1,9})/
const SOCKSTAT = /^TCP: inuse (\d{1,9}) orphan (\d{1,9}) tw (\d{1,9}) alloc (\d{1,9}) mem (\d{1,9})/
const PROC_DEV = /^ {0,12}([\w.@-]{1,32}): *((?:\d{1,20} +){15}\d{1,20}) *$/
const DEV_COLUMNS = [
  ...[
    'rx_bytes',
    'rx_packets',
    'rx_errors',
    'rx_dropped',
    'rx_fifo_errors',
    'rx_frame_errors',
    'rx_compressed',
    'multicast',
  ],
  ...[
    'tx_bytes',
    'tx_packets',
    'tx_errors',
    'tx_dropped',
    'tx_fifo_errors',
    'collisions',
    'tx_carrier_errors',
    'tx_compressed',
  ],
]
const PROC_PAIR = /^(TcpExt|IpExt|Tcp|Ip|Udp|Icmp): ((?:\S{1,40} ){0,200}\S{1,40})$/
const IP_LINK = /^\d{1,4}: ([\w.-]{1,32})(?:@[\w.-]{1,32})?: </
const IP_HEAD = /^ {2,8}([RT]X)(?: errors)?: {1,3}((?:[a-z]+ +){3,8}[a-z]+)\s*$/
const IFCONFIG_HEAD = /^([\w.:-]{1,32}?):? +(?:flags=|Link encap)/
const IFCONFIG_ROW = /^\s{2,12}([RT]X) (?:packets|errors)[: ]\d/
const ETHTOOL_HEAD = /^NIC statistics:/
const ETHTOOL_ROW = /^\s{2,8}([a-z][\w. ()[\]/-]{2,60}): (\d{1,20})\s*$/i
const NETSTAT_I_HEAD = /^(?:Iface|Name) +MTU .*RX-ERR/i
const SWITCH_HEAD = /^([A-Z][A-Za-z-]{2,30}[\d/.:]{1,12}) is (?:up|down|administratively down)/
const SWITCH_ROW = /^\s{2,8}\d{1,12} (?:input errors|output errors|babbles|late collision|runts)\b/
const PAIRS = /(\d{1,12}) ([A-Za-z][A-Za-z ]{1,30}?)(?=,|\s*$)/g
const IOSTAT_CPU = /^avg-cpu: +((?:%[a-z]+ +){3,6}%[a-z]+)/
const IOSTAT_DISK = /^Device:? +(\S.*%util)\s*$/
const NUMBERS = /^\s*\d{1,20}(?:\.\d{1,4})?(?: +\d{1,20}(?:\.\d{1,4})?){2,23} *$/
const MOST_SUBJECTS = 64

export function createHostCounters(add: Add): (line: string) => boolean {
  let iface = ''
  let columns: readonly string[] | undefined
  let row: 'numbers' | 'named' | undefined
  let pair: { readonly of: string; readonly names: readonly string[] } | undefined
  let inEthtool = false
  const subjects = new Set<string>()
  const about = (name: string): string | undefined => {
    if (subjects.size < MOST_SUBJECTS) subjects.add(name)
    return subjects.has(name) ? `${name}.` : undefined
  }
  const expect = (names: readonly string[] | undefined, what: typeof row) => {
    columns = names
    row = names ? what : undefined
  }
  const put = (prefix: string, names: readonly string[], values: readonly string[]) => {
    for (const [i, name] of names.entries())
      if (/^\d/.test(values[i] ?? '')) add(`${prefix}${name}`, values[i] as string)
  }

  return (line) => {
    if (columns && row === 'numbers' && NUMBERS.test(line)) {
      put(iface, columns, words(line))
      expect(undefined, undefined)
      return true
    }
    if (columns && row === 'named') {
      const [name = '', ...values] = words(line)
      const prefix = /^[A-Za-z]/.test(name) && NUMBERS.test(values.join(' ')) ? about(name) : undefined
      if (prefix !== undefined) {
        put(prefix, columns, values)
        return true
      }
      expect(undefined, undefined)
    }
    return sockets(line) || tables(line)
  }

  function sockets(line: string): boolean {
    const ss = SS_ROW.exec(line)
    const [, state, queue, bound, local] = ss ?? inOrder(NETSTAT_ROW.exec(line))
    if (state !== undefined) {
      const queued = Number(queue)
      const limit = Number(bound)
      add(`sockets.${state.toLowerCase().replace('_', '-')}`, 1, true)
      if (state === 'LISTEN') {
        if (queued > 0) add('listen_queue', queued, true)
        // net/sock.h, sk_acceptq_is_full: more than the limit. netstat states none.
        const port = PORT.exec(local ?? '')?.[0] ?? ''
        add(`listen_queue_full${about(port) === undefined ? '' : port}`, limit > 0 && queued > limit ? 1 : 0, true)
      }
      return true
    }
    const sum = SS_SUMMARY.exec(line)
    if (sum) put('', ['sockets.estab', 'sockets.orphaned', 'sockets.syn-recv', 'sockets.time-wait'], sum.slice(1))
    const stat = SOCKSTAT.exec(line)
    if (stat)
      put(
        '',
        ['sockets.inuse', 'sockets.orphaned', 'sockets.time-wait', 'sockets.alloc', 'sockets.mem_pages'],
        stat.slice(1),
      )
    return sum !== null || stat !== null
  }

  function tables(line: string): boolean {
    const dev = PROC_DEV.exec(line)
    if (dev) {
      const prefix = about(dev[1] as string)
      if (prefix !== undefined) put(prefix, DEV_COLUMNS, words(dev[2] as string))
      return true
    }
    const proc = PROC_PAIR.exec(line)
    if (proc) {
      const values = words(proc[2] as string)
      if (pair && pair.of === proc[1] && pair.names.length === values.length) put('', pair.names, values)
      pair = /^\d/.test(values[0] ?? '') ? undefined : { of: proc[1] as string, names: values }
      return true
    }
    const head = IP_LINK.exec(line) ?? IFCONFIG_HEAD.exec(line) ?? SWITCH_HEAD.exec(line)
    if (head) {
      iface = about(head[1] as string) ?? ''
      inEthtool = false
      return true
    }
    const ip = IP_HEAD.exec(line)
    if (ip) {
      const side = (ip[1] as string).toLowerCase()
      expect(
        words(ip[2] as string).map((name) => `${side}_${PLURAL[name] ?? name}`),
        'numbers',
      )
      return true
    }
    if (ETHTOOL_HEAD.test(line)) {
      inEthtool = true
      return true
    }
    const stat = inEthtool ? ETHTOOL_ROW.exec(line) : null
    if (stat) {
      add(
        `${iface}${(stat[1] as string)
          .trim()
          .toLowerCase()
          .replace(/[^a-z0-9]+/g, '_')}`,
        stat[2] as string,
      )
      return true
    }
    const side = IFCONFIG_ROW.exec(line)?.[1]?.toLowerCase()
    if (side) {
      for (const m of line.matchAll(/\b(errors|dropped|overruns|frame|carrier|collisions|bytes)[: ](\d{1,18})/g))
        add(`${iface}${side}_${PLURAL[m[1] as string] ?? m[1]}`, m[2] as string)
      return true
    }
    if (SWITCH_ROW.test(line)) {
      for (const m of line.matchAll(PAIRS))
        add(
          `${iface}${PLURAL[(m[2] as string).toLowerCase()] ?? (m[2] as string).toLowerCase().replaceAll(' ', '_')}`,
          m[1] as string,
        )
      return true
    }
    if (NETSTAT_I_HEAD.test(line)) {
      expect(
        words(line)
          .slice(1)
          .map((c) => `${c.toLowerCase().replace('-err', '_errors').replace('-drp', '_dropped').replace('-', '_')}`),
        'named',
      )
      return true
    }
    const cpu = IOSTAT_CPU.exec(line)
    if (cpu) {
      iface = ''
      expect(words(cpu[1] as string), 'numbers')
      return true
    }
    const disk = IOSTAT_DISK.exec(line)
    if (disk) expect(words(disk[1] as string), 'named')
    return disk !== null
  }
}

/** Where a command's column is called otherwise than in the kernel's own statistics. */
const PLURAL: Readonly<Record<string, string>> = {
  crc: 'crc_errors',
  frame: 'frame_errors',
  carrier: 'carrier_errors',
  fifo: 'fifo_errors',
  length: 'length_errors',
  'input errors': 'rx_errors',
  'output errors': 'tx_errors',
}

/** State, queues: as ss has them. */
const inOrder = (m: RegExpExecArray | null): readonly (string | undefined)[] =>
  m ? [m[0], m[4], m[1], m[2], m[3]] : []

const words = (text: string): string[] => text.trim().split(/\s+/)
