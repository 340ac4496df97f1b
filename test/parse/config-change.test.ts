import { describe, expect, test } from 'vitest'
import { changedBy } from '../../pipeline/parse/config-change.js'

describe('what a line of a change says that was changed', () => {
  test.each([
    ['address', 'address changed by admin@10.0.0.5 (/ip address set *2 address=10.0.0.1/25 interface=bridge1)'],
    ['nat', 'nat rule added by admin (/ip firewall nat add chain=srcnat action=masquerade)'],
    ['filter', 'filter rule changed by admin'],
    ['dhcp', 'dhcp server changed by admin'],
    ['address', '%PARSER-5-CFGLOG_LOGGEDCMD: User:admin logged command:ip address 10.0.0.1 255.255.255.128'],
    ['mtu', '%PARSER-5-CFGLOG_LOGGEDCMD: User:admin logged command:ip tcp adjust-mss 1452'],
    ['segment', '%PARSER-5-CFGLOG_LOGGEDCMD: User:admin logged command:switchport access vlan 20'],
    ['interface', '%PARSER-5-CFGLOG_LOGGEDCMD: User:admin logged command:shutdown'],
    ['other', '%SYS-5-CONFIG_I: Configured from console by admin on vty0 (10.0.0.5)'],
    ['route', "%ASA-5-111008: User 'admin' executed the 'route outside 0.0.0.0 0.0.0.0 203.0.113.1 1' command."],
    [
      'filter',
      "%ASA-5-111010: User 'admin', running 'CLI' from IP 10.0.0.5, executed 'access-list OUT deny tcp any any'",
    ],
    ['limit', "%ASA-5-111008: User 'admin' executed the 'timeout conn 0:05:00' command."],
    ['address', 'set: [interfaces ge-0/0/1 unit 0 family inet address] "10.0.0.1/24" -> "10.0.0.1/25"'],
    ['route', "UI_CFG_AUDIT_OTHER: User 'admin' delete: [routing-options static route 0.0.0.0/0]"],
    ['address', 'Edit Edit system.interface internal ip[10.0.0.1 255.255.255.0->10.0.0.1 255.255.255.128]'],
    ['filter', 'Edit Edit firewall.policy 3 action[accept->deny]'],
    ['limit', 'Edit Edit system.session-ttl default[3600->300]'],
    ['filter', 'CONFIG,0,2305,10.0.0.5,,edit,admin,Web,Succeeded, vsys vsys1 rulebase security rules pos'],
    [
      'interface',
      '/interfaces.php: Configuration Change: admin@10.0.0.5 (Local Database): Interfaces settings changed',
    ],
    ['route', '/system_gateways.php: Configuration Change: admin@10.0.0.5 (Local Database): Gateway settings changed'],
    ['nat', '/firewall_nat.php: Configuration Change: admin@10.0.0.5: Firewall: NAT: Port Forward - saved'],
    ['interface', "Interface 'lan' has been reconfigured"],
    ['address', 'Recorded command information. (User=admin, Command="ip address 10.0.0.1 255.255.255.128")'],
    ['other', 'Successful change to active configuration by user vyos on /dev/pts/0'],
  ] as const)('%s: %s', (changed, line) => expect(changedBy(line)).toBe(changed))
})
