import { accept, defineFormat } from '../format.js'

/** ifplugd and netplugd: daemons that watch the link of one interface. Source: ifplugd(8); netplugd(8). */
/** netplugd names its state so far, then the flags before and after: RUNNING is the carrier. Source: netplug, if_info.c, ifsm_flagchange. */
const NETPLUG =
  /^(?<iface>[\w.@:-]{1,32}): state \w{2,16} flags 0x[\da-f]{1,8} (?<before>\S{1,120}) -> 0x[\da-f]{1,8} (?<after>\S{1,120})/
const isRunning = (flags: string | undefined): boolean => flags?.split(',').includes('RUNNING') ?? false

export const linkDaemon = defineFormat({
  id: 'link-daemon',
  title: 'ifplugd and netplugd',
  source: 'ifplugd(8), netplugd(8)',
  detect: (_, header) => (/^(?:ifplugd|netplugd|ifplugstatus)/.test(header.program ?? '') ? 1 : 0),
  parse: (text, header) => {
    if (!/^(?:ifplugd|netplugd|ifplugstatus)/.test(header.program ?? '')) return undefined
    const iface = /(?:interface |'\S{1,64} )([a-z][\w.-]{1,15})(?:\/| )/.exec(text)?.[1]
    const flags = NETPLUG.exec(text)?.groups
    const [ran, runs] = [isRunning(flags?.before), isRunning(flags?.after)]
    if (flags)
      return accept({
        'event.category': ['host'],
        'event.action': ran === runs ? 'other' : runs ? 'link-up' : 'link-down',
        ...(ran && !runs && { 'event.outcome': 'failure' as const }),
        'interface.name': flags.iface ?? '',
        message: text,
      })
    const down = /Link beat lost|unplugged|state (?:\w+ )?INACTIVE|link down/i.test(text)
    const up = /Link beat detected|plugged in|state (?:\w+ )?ACTIVE|link up/i.test(text)
    return accept({
      'event.category': ['host'],
      'event.action': down
        ? 'link-down'
        : up && !/Initialization/.test(text)
          ? 'link-up'
          : /initializing/.test(text)
            ? 'program-started'
            : 'other',
      ...(down && { 'event.outcome': 'failure' as const }),
      ...(iface !== undefined && { 'interface.name': iface }),
      message: text,
    })
  },
})
