import type { ParsedFields } from '../../../schemas/event.js'
import { accept, defineFormat } from '../format.js'
import { gated } from '../gate.js'

/**
 * Linux kernel messages that bear on a connection: link, card, bridge port, connection table, socket memory, listen queues, power.
 * Source: Linux net/sched/sch_generic.c, net/bridge/br_stp.c, net/netfilter/nf_conntrack_core.c, net/ipv4/tcp_input.c and tcp.c,
 * net/core/neighbour.c, mm/oom_kill.c, drivers/net (link messages of the common drivers).
 */
const STAMP = /^\[ *\d{1,10}\.\d{6}\] ?(?:\[[^\]]{1,24}\] ?)?/
const INTERFACE =
  /\b((?:eth|wlan|wwan|ppp|usb|lan|wan|bond|tun|tap)\d{1,3}(?:[.:-]\w{1,8})?|en[opsx]\w{1,12}|wl[opsx]\w{1,12}|br-\w{1,12}|veth\w{1,12})\b/

const READINGS: readonly (readonly [RegExp, ParsedFields])[] = [
  [
    /NETDEV WATCHDOG.{0,120}timed out|Detected (?:Hardware|Tx) Unit Hang|transmit timed out|Tx (?:timeout|hang)|tx_timeout|Reset adapter|resetting (?:adapter|device|NIC)|adapter reset|firmware (?:hang|crash|error)|RX buffer overrun|PCIe? (?:link )?error|EEH:/i,
    { 'event.action': 'nic-error', 'event.outcome': 'failure' },
  ],
  [
    /entered disabled state|link (?:is )?(?:not ready|down)|link (?:becomes )?down|carrier lost|lost carrier|NIC Link is Down|Link is Down|no carrier|deauthenticat|disassociat|Lost connection to/i,
    { 'event.action': 'link-down', 'event.outcome': 'failure' },
  ],
  [
    /entered forwarding state|NIC Link is Up|Link is Up|link (?:becomes )?(?:ready|up)|carrier acquired|associated\b/i,
    { 'event.action': 'link-up', 'event.outcome': 'success' },
  ],
  [
    /nf_conntrack: .{0,60}table full|ip_conntrack: table full|nf_conntrack_?.{0,40}expectation table full/i,
    { 'event.action': 'table-full', 'event.outcome': 'failure' },
  ],
  [
    /neighbou?r(?: table|\w*:).{0,40}(?:table )?overflow|arp_cache: neighbor table overflow/i,
    { 'event.action': 'table-full', 'event.outcome': 'failure' },
  ],
  [/Possible SYN flooding on port/i, { 'event.action': 'syn-flood', 'event.outcome': 'failure' }],
  [
    /TCP: (?:out of memory|too many orphaned sockets)|Out of socket memory/i,
    { 'event.action': 'socket-memory', 'event.outcome': 'failure' },
  ],
  [
    /Out of memory: Kill|oom-kill:|invoked oom-killer|page allocation failure/i,
    { 'event.action': 'memory-pressure', 'event.outcome': 'failure' },
  ],
  [/VFS: file-max limit|Too many open files/i, { 'event.action': 'descriptors-exhausted', 'event.outcome': 'failure' }],
  [
    /usb .{0,20}(?:USB disconnect|device descriptor read.{0,20}error)|(?:qmi_wwan|cdc_\w+|option\d?|GSM modem).{0,80}(?:disconnect|unregister|error|timeout)|modem.{0,40}(?:reset|hang|lost|removed|disconnect)|SIM (?:not inserted|failure|removed)/i,
    { 'event.action': 'modem-error', 'event.outcome': 'failure' },
  ],
  [
    /under-?voltage|power (?:fail|lost|loss|supply)|on battery|critical temperature|thermal shutdown|Unclean shutdown|machine check/i,
    { 'event.action': 'power-event', 'event.outcome': 'failure' },
  ],
  [
    /duplicate address|IPv4 address conflict|uses my IP address/i,
    { 'event.action': 'address-conflict', 'event.outcome': 'failure' },
  ],
]

/** Programs besides the kernel whose words about links, modems and power are the same kind of fact. */
const PROGRAMS =
  /^(?:kernel|systemd-networkd|NetworkManager|wpa_supplicant|ModemManager|pppd|connmand|netifd|hostapd|ethtool|upsmon|apcupsd|usb_modeswitch)$/
const PROGRAM_READINGS: readonly (readonly [RegExp, ParsedFields])[] = [
  [
    /CTRL-EVENT-BEACON-LOSS|CTRL-EVENT-SIGNAL-CHANGE.{0,80}above=0|signal (?:quality|strength).{0,30}(?:low|weak|poor)|low signal/i,
    { 'event.action': 'signal-weak', 'event.outcome': 'failure' },
  ],
  [
    /CTRL-EVENT-DISCONNECTED|Lost carrier|state change: .{0,30}-> (?:disconnected|unavailable|failed)|link connected.{0,5}false|device state.{0,40}unavailable/i,
    { 'event.action': 'link-down', 'event.outcome': 'failure' },
  ],
  [
    /CTRL-EVENT-CONNECTED|Gained carrier|state change: .{0,30}-> activated/i,
    { 'event.action': 'link-up', 'event.outcome': 'success' },
  ],
  [
    /Modem hangup|No response to \d{1,3} echo-requests|Connection terminated|LCP terminated|serial (?:connection|port).{0,30}lost|modem.{0,60}state changed.{0,40}(?:disabled|failed|unknown)|registration.{0,30}denied/i,
    { 'event.action': 'modem-error', 'event.outcome': 'failure' },
  ],
  [
    /on battery|battery (?:is )?low|power (?:failure|lost)/i,
    { 'event.action': 'power-event', 'event.outcome': 'failure' },
  ],
]

const gatedOf = (readings: readonly (readonly [RegExp, ParsedFields])[]) =>
  readings.map(([pattern, fields]) => ({ gate: gated(pattern), fields }))
const KERNEL = gatedOf(READINGS)
const PROGRAM = gatedOf(PROGRAM_READINGS)

export const kernel = defineFormat({
  id: 'kernel',
  title: 'Linux kernel and link managers',
  source: 'Linux sources named in kernel.ts; wpa_supplicant, pppd and NetworkManager manuals',
  detect: (text, header) => {
    if (header.program === 'kernel') return 0.98
    if (header.program === undefined) return STAMP.test(text) ? 0.9 : 0
    return PROGRAMS.test(header.program) && PROGRAM.some(({ gate }) => gate.test(text)) ? 0.95 : 0
  },
  parse: (text, header) => {
    const isKernel = header.program === 'kernel' || (header.program === undefined && STAMP.test(text))
    if (!isKernel && !PROGRAMS.test(header.program ?? '')) return undefined
    const message = text.replace(STAMP, '')
    const found = (isKernel ? KERNEL : PROGRAM).find(({ gate }) => gate.test(message))?.fields ?? {
      'event.action': 'other' as const,
    }
    const iface = /\(([\w.-]{2,24})\) entered/.exec(message)?.[1] ?? INTERFACE.exec(message)?.[1]
    const port = /SYN flooding on port (?:\S{0,45}:)?(\d{1,5})/.exec(message)?.[1]
    const dbm = /signal=(-\d{1,3})/.exec(message)?.[1]
    return accept({
      'event.category': ['host'],
      'event.type': ['info'],
      ...found,
      ...(iface !== undefined && { 'interface.name': iface }),
      ...(port !== undefined && Number(port) <= 65535 && { 'destination.port': Number(port) }),
      ...(dbm !== undefined && { 'whytimeout.signal_dbm': Number(dbm) }),
      message,
    })
  },
})
