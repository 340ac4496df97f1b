import { accept, defineFormat } from '../format.js'
import { type Reading, readingsOf } from '../readings.js'
import { readTime } from '../time.js'

/**
 * Programs that keep the link: NetworkManager, systemd-networkd, netifd, connman; wpa_supplicant, hostapd, iwd; ModemManager, pppd, uqmi
 * and other modem daemons; power watchers. Their lease lines are read as dhcp-client.
 * Source: wpa_supplicant src/common/wpa_ctrl.h and defconfig's README; hostapd.conf; NetworkManager nm-device.c; networkd-link.c; netifd(8);
 * ModemManager mm-iface-modem*.c; pppd(8), lcp.c, auth.c, ipcp.c; 3GPP TS 27.007 (+CSQ, +CREG, +CME ERROR), TS 36.133 (RSRP, RSRQ); upsmon(8).
 */
const PROGRAMS =
  /^(?:systemd-networkd|NetworkManager|wpa_supplicant|ModemManager|pppd|connmand|netifd|hostapd|iwd|ethtool|upsmon|upsd|apcupsd|usb_modeswitch|uqmi|qmi-\w{1,20}|qmicli|mmcli|chat|wvdial|ofonod|rild|modem\w{0,20}|quectel\w{0,12}|pppoe\w{0,12}|xl2tpd|accel-pppd?|mwan3\w{0,12}|nm-dispatcher)$/

const failed = { 'event.outcome': 'failure' } as const
const DOWN = { 'event.action': 'link-down', ...failed } as const
const UP = { 'event.action': 'link-up', 'event.outcome': 'success' } as const
const MODEM = { 'event.action': 'modem-error', ...failed } as const
const WEAK = { 'event.action': 'signal-weak', ...failed } as const
const MAC = '[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}'

const READINGS: readonly Reading[] = [
  // Wireless
  [/(?<iface>[\w.-]{2,24}): CTRL-EVENT-BEACON-LOSS/, WEAK],
  [
    /(?:(?<iface>[\w.-]{2,24}): )?CTRL-EVENT-SIGNAL-CHANGE above=0 signal=(?<dbm>-\d{1,3})(?: noise=(?<n_noise>-?\d{1,4}))?(?: txrate=(?<n_txrate>\d{1,9}))?/,
    WEAK,
  ],
  [
    /(?:(?<iface>[\w.-]{2,24}): )?CTRL-EVENT-SIGNAL-CHANGE above=1 signal=(?<dbm>-\d{1,3})(?: noise=(?<n_noise>-?\d{1,4}))?(?: txrate=(?<n_txrate>\d{1,9}))?/,
    { 'event.action': 'other' },
  ],
  [
    new RegExp(
      String.raw`(?:(?<iface>[\w.-]{2,24}): )?CTRL-EVENT-DISCONNECTED bssid=(?<mac>${MAC})(?: reason=(?<reason>\d{1,5}))?`,
    ),
    DOWN,
  ],
  [new RegExp(String.raw`(?:(?<iface>[\w.-]{2,24}): )?CTRL-EVENT-CONNECTED - Connection to (?<mac>${MAC})`), UP],
  [
    new RegExp(
      String.raw`CTRL-EVENT-(?<reason>ASSOC-REJECT|AUTH-REJECT|SSID-TEMP-DISABLED|NETWORK-NOT-FOUND|EAP-FAILURE|EAP-TIMEOUT\w{0,20})(?: bssid=(?<mac>${MAC}))?(?:.{0,80}?status_code=(?<code>\d{1,5}))?`,
    ),
    DOWN,
  ],
  [
    new RegExp(String.raw`(?<iface>[\w.-]{2,24}): AP-STA-DISCONNECTED (?<mac>${MAC})`),
    { ...DOWN, 'event.reason': 'station left' },
  ],
  [new RegExp(String.raw`(?<iface>[\w.-]{2,24}): AP-STA-CONNECTED (?<mac>${MAC})`), UP],
  [
    new RegExp(
      String.raw`(?<iface>[\w.-]{2,24}): STA (?<mac>${MAC}) IEEE 802\.11: (?<reason>deauthenticated due to inactivity|disassociated due to inactivity|did not acknowledge \w{1,20} response|deauthenticated due to local deauth request|disassociated|deauthenticated)`,
    ),
    DOWN,
  ],
  [new RegExp(String.raw`(?<iface>[\w.-]{2,24}): STA (?<mac>${MAC}) IEEE 802\.11: associated`), UP],
  [
    /DFS-(?<reason>RADAR-DETECTED)|AP-(?<x_state>DISABLED)|INTERFACE-DISABLED|: CTRL-EVENT-TERMINATING|Failed to (?:initialize driver|set beacon)/,
    DOWN,
  ],
  [/event: (?<reason>disconnect-info|connect-failed|connect-timeout|disconnected)/, DOWN],
  // Signal of modems; readings of it are read of any line
  [/signal quality updated \((?<n_quality>\d{1,3})/, { 'event.action': 'other' }],
  [/signal (?:quality|strength|level).{0,30}(?:low|weak|poor|lost)|low signal|no signal|no service/i, WEAK],
  [
    new RegExp(
      String.raw`(?:IPv4 )?[Aa]ddress (?<addr>[\d.]{7,15})(?:\/\d{1,2})? is (?:already )?(?:in use|used on network)(?:.{0,80}?(?:host|by) (?<mac>${MAC}))?|(?:as an address conflict was detected|DAD conflict|ACD conflict|address conflict)`,
    ),
    { 'event.action': 'address-conflict', ...failed },
  ],
  // What the carrier refuses: 3GPP TS 24.008 10.5.5.14 (GMM), 10.5.6.6 (SM), TS 24.301 9.9.3.9 (EMM), 9.9.4.4 (ESM)
  [
    /(?<reason>[Rr]equested service option (?:not|temporarily)[ \w]{0,24}|service[- ]option[- ]not[- ]subscribed|(?:missing|unknown)(?: or unknown)?[- ](?:APN|access[- ]point)(?:[- ]name)?|operator[- ]determined[- ]barring|activation[- ]reject\w{0,3}|user[- ]authentication[- ]failed|(?:PLMN|roaming|LA|tracking area)[ -]not[ -]allowed|GPRS[- ]services[- ]not[- ]allowed\S{0,24}|EPS services not allowed\S{0,24}|illegal (?:MS|UE|ME)|no suitable cells|(?:EMM|ESM|GMM|SM|5GMM) (?:reject )?cause[ #:=]{1,3}\d{1,3})/,
    { 'event.action': 'attach-refused', ...failed },
  ],
  [
    /(?<reason>(?:data|volume|traffic|credit|prepaid|monthly)[ -](?:limit|quota|allowance|balance|plan|cap)[^\n]{0,24}(?:reached|exceeded|exhausted|used up|expired|depleted|empty))|(?:流量|余额)[^\n]{0,6}(?:用尽|耗尽|不足|超限)/i,
    { 'event.action': 'quota-reached', ...failed },
  ],
  // Modem and SIM
  [
    /(?:\+CREG|\+CGREG|\+CEREG|\+C5GREG): ?(?:\d, ?)?(?<code>3)\b|registration (?:state )?.{0,24}(?<reason>denied)/i,
    { 'event.action': 'attach-refused', ...failed, 'event.reason': 'registration denied' },
  ],
  [
    /\+CM[ES] ERROR: ?(?<reason>[^\r\n]{1,80})|(?<x_fault>SIM (?:not inserted|failure|removed|busy|PIN required|wrong|PUK required)|sim-missing|no SIM|SIM-?card (?:error|missing))/i,
    MODEM,
  ],
  [
    /state changed \(connected -> (?<reason>registered|disconnecting|searching|enabled|enabling|disabled|failed)\)/,
    DOWN,
  ],
  [
    /modem.{0,60}state changed.{0,40}(?<x_from>registered|connected|connecting|searching|enabled) -> (?<reason>disabled|failed|unknown|searching|enabled)|3GPP registration state changed \(\S{1,24} -> (?<x_state>idle|denied|searching|unknown)\)/i,
    MODEM,
  ],
  [
    /(?:state changed \(\S{1,24} -> (?<reason>registered|connected|home|roaming)\)|Simple connect state \(\d{1,2}\/\d{1,2}\): All done)/,
    UP,
  ],
  [
    /call (?:failed|ended|end reason)[^:]{0,24}: ?['"]?(?<reason>[\w -]{1,60})|Call(?:Failed| failed)|NO CARRIER|couldn't (?:connect|start network)|connection attempt failed/i,
    MODEM,
  ],
  [
    /Modem hangup|No response to (?<retries>\d{1,3}) echo-requests|Serial link appears to be disconnected|Connection terminated|LCP terminated|LCP: timeout sending|serial (?:connection|port).{0,30}lost|modem.{0,60}state changed.{0,40}(?:disabled|failed|unknown)|Timeout waiting for PADO|Unable to complete PPPoE Discovery|(?:CHAP|PAP) authentication failed|modem .{0,40}(?:removed|reset|timed out|not responding|disconnected)|port .{0,40}timed out .{0,12}consecutive times|BEARER_.{0,20}FAIL|(?:QMI|MBIM|AT) .{0,40}timed? ?out/i,
    MODEM,
  ],
  [/\[LCP ConfAck id=0x[\da-f]{1,4} .{0,80}?<mru (?<n_mru>\d{3,5})>/, { 'event.action': 'other' }],
  [/local +IP address (?<addr>[\d.]{7,15})/, { 'event.action': 'address-assigned', 'event.outcome': 'success' }],
  [/remote IP address (?<router>[\d.]{7,15})/, { 'event.action': 'other' }],
  [/(?:primary|secondary) +DNS address (?<ns>[\d.]{7,15})/, { 'event.action': 'dns-config' }],
  [
    /Connect time (?<x_minutes>\d{1,7}(?:\.\d{1,2})?) minutes|Sent (?<n_bytes_sent>\d{1,15}) bytes, received (?<n_bytes_received>\d{1,15}) bytes/,
    { 'event.action': 'other' },
  ],
  [/Using interface (?<iface>\w{1,16})|Connect: (?<x_link>\w{1,16}) <--> \S{1,40}/, { 'event.action': 'other' }],
  // Managers
  [
    /dhcp4 \((?<iface>[\w.-]{2,24})\): {1,8}(?:gateway |option routers {1,24}=> ')(?<router>[\d.]{7,15})/,
    { 'event.action': 'other' },
  ],
  [
    /dhcp4 \((?<iface>[\w.-]{2,24})\): {1,8}(?:nameserver '|option domain_name_servers {1,24}=> ')(?<ns>[\d.]{7,15})/,
    { 'event.action': 'dns-config' },
  ],
  [
    /dhcp4 \((?<iface>[\w.-]{2,24})\): {1,8}(?:address |option ip_address {1,24}=> ')(?<addr>[\d.]{7,15})/,
    { 'event.action': 'address-assigned', 'event.outcome': 'success' },
  ],
  [/Interface '(?<iface>[^']{1,24})' has been reconfigured|: config changed\b/, { 'event.action': 'config-changed' }],
  [
    /audit: op="(?:connection-(?:update|modify|add|delete)|device-reapply)" .{0,200}result="success"/,
    { 'event.action': 'config-changed' },
  ],
  [/^(?:<\w{1,6}> {1,3}(?:\[[\d.]{1,20}\] )?)?(?:\S{0,20} )?(?<iface>[\w.-]{2,24}): (?:Lost carrier|Link DOWN)/, DOWN],
  [/^(?<iface>[\w.-]{2,24}): (?:Gained carrier|Link UP)/, UP],
  [
    /\((?<iface>[^)]{2,24})\): (?:device state change|link disconnected|carrier).{0,60}(?:-> (?:disconnected|unavailable|failed)|deactivating|link disconnected|is OFF).{0,60}\(reason '(?<reason>[^']{1,60})'/,
    DOWN,
  ],
  [/\((?<iface>[^)]{2,24})\): .{0,60}-> (?:disconnected|unavailable|failed)|link connected.{0,5}false/, DOWN],
  [/device \((?<iface>[^)]{2,24})\): carrier: link (?<reason>disconnected)/, DOWN],
  [/device \((?<iface>[^)]{2,24})\): carrier: link connected/, UP],
  [/\((?<iface>[^)]{2,24})\): .{0,60}-> activated/, UP],
  [
    /(?:Interface|Network device|Network alias) '(?<iface>[^']{1,24})' (?:is now down|link is down|has lost the connection|is disabled|has link connectivity loss)/,
    DOWN,
  ],
  [/(?:Interface|Network device) '(?<iface>[^']{1,24})' (?:is now up|link is up|has link connectivity\s*$)/, UP],
  [
    /Interface (?<iface>\S{1,24}) \(\S{1,24}\) is offline|(?:interface|Interface) (?<x_iface>\S{1,24}) (?:is offline|lost connectivity)/,
    DOWN,
  ],
  [
    /policy: set '[^']{1,60}' \((?<iface>[^)]{1,24})\) as default for IPv4 routing/,
    { 'event.action': 'route-changed' },
  ],
  [
    /manager: NetworkManager state is now (?<reason>DISCONNECTED|CONNECTED_\w{1,12}|CONNECTING)/,
    { 'event.action': 'other' },
  ],
  [/connectivity: .{0,80}(?:LIMITED|NONE)|Could not set .{1,40}: Connection timed out/, DOWN],
  [
    /on battery|battery (?:is )?low|power (?:failure|lost)|LOWBATT|ONBATT|Power failure/i,
    { 'event.action': 'power-event', ...failed },
  ],
]

const read = readingsOf(READINGS)
const INTERFACE =
  /\b((?:eth|wlan|wwan|ppp|usb|lan|wan|bond|tun|tap|rmnet)\d{1,3}(?:[.:-]\w{1,8})?|en[opsx]\w{1,12}|wl[opsx]\w{1,12}|ww[opsx]\w{1,12}|br-\w{1,12}|cdc-wdm\d{1,2})\b/

/** NetworkManager's line without its syslog header, as `journalctl -o cat` and its own log file keep it. Source: src/libnm-log-core/nm-logging.c. */
const BARE = /^<(?:trace|debug|info|warn|error)>\s{1,3}\[(\d{10}\.\d{1,9})\] (?=\S)/
const isManager = (program: string | undefined): boolean => program !== undefined && PROGRAMS.test(program)

export const linkManager = defineFormat({
  id: 'link-manager',
  title: 'Link managers: NetworkManager, networkd, netifd, wpa_supplicant, hostapd, ModemManager, pppd',
  source: 'wpa_supplicant wpa_ctrl.h, hostapd, pppd(8), NetworkManager, ModemManager; 3GPP TS 27.007, TS 36.133',
  detect: (text, header) => (isManager(header.program) || BARE.test(text) ? 0.95 : 0),
  parse: (text, header) => {
    const bare = isManager(header.program) ? null : BARE.exec(text)
    if (!isManager(header.program) && !bare) return undefined
    const fields = read(text) ?? { 'event.action': 'other' as const }
    const iface = fields['interface.name'] ?? INTERFACE.exec(text)?.[1]
    if (iface !== undefined) fields['interface.name'] = iface
    fields['event.category'] = ['host']
    fields['event.type'] = ['info']
    fields.message = text
    return accept(fields, bare?.[1] === undefined ? undefined : readTime(bare[1])?.time)
  },
})
