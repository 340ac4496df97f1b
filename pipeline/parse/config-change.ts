import { gated } from './gate.js'

/** What a changed setting of a box governs. */
export type Changed =
  | 'address'
  | 'route'
  | 'nat'
  | 'segment'
  | 'interface'
  | 'dhcp'
  | 'dns'
  | 'mtu'
  | 'filter'
  | 'limit'
  | 'other'

/**
 * By the words of the command, path or page that a box's log names; the first that fits. What is special comes before what is common: a NAT rule
 * stands below `firewall` in many boxes' paths, and a segment size in a rule of the filter.
 * Source: RouterOS console paths; Cisco IOS and ASA command references; Junos configuration hierarchy; FortiOS `cfgpath` and `cfgattr`;
 * PAN-OS XPaths; pages of pfSense and OPNsense; VyOS and OpenWrt (UCI) configuration nodes; NetworkManager setting names.
 */
const WORDS: readonly (readonly [RegExp, Changed])[] = [
  [/\b(?:mtu|mss|tcp-mss|adjust-mss|clamp)\b|change-mss|mssclamp|tcpmss|巨帧/i, 'mtu'],
  [
    /\b(?:nat|snat|dnat|masquerade|srcnat|dstnat|port-?forward\w{0,3}|ip-?pool|vip|overload)\b|firewall_nat|源地址转换|端口映射/i,
    'nat',
  ],
  [
    /\b(?:vlans?|vlan-id|pvid|bridges?|switchport|trunk|tagged|untagged|allowed-vlans?|interface-vlan)\b|interfaces_(?:vlan|bridge)/i,
    'segment',
  ],
  [/\bdhcp(?:-server|d|v6)?\b|services_dhcp|address pool|地址池/i, 'dhcp'],
  [/\b(?:dns|name-?servers?|resolvers?|unbound|dnsmasq)\b|ipv[46]\.dns/i, 'dns'],
  [
    /\b(?:timeouts?|session-ttl|idle-timeout|rate-limit|police[rd]?|shap(?:er|ing)|queues?|quota|limits?|max-conn\w{0,8}|aging(?:-seconds)?|bandwidth|throttl\w{0,4}|keep-?alive)\b|限速|超时|会话老化/i,
    'limit',
  ],
  [
    /SecurityGroup|NetworkAcl|Windows (?:Defender )?Firewall|\b(?:access-(?:list|group)|acl|(?:firewall|security)[ ._-]{1,3}(?:filter|rules?|policy|policies|address-list|zones?|name|family)|filter (?:rule|add|set|remove)|filter rule|security-policy|rulebase|firewall\.(?:policy|address\w{0,8}|service\w{0,8})|blocklist|address-list|zone-pair|ips|ufw|iptables|nftables?)\b|firewall_rules|\bdeny (?:tcp|udp|ip|any)\b|\b(?:src|dst)-(?:zone|addr)\b|\baction (?:deny|permit|drop|reject)\b|安全策略|访问控制/i,
    'filter',
  ],
  [
    /\b(?:routes?|static-route\w{0,2}|router|route-map|next-?hop|default-?gateway|gateways?|ospf|bgp|rip|eigrp|isis|routing|routing-options|ipv[46]\.(?:gateway|routes))\b|system_gateways|system_routes|\brouter\.static\b|静态路由|网关/i,
    'route',
  ],
  [
    /\bip (?:-\S{1,4} ){0,2}a(?:ddr)?\b|\b(?:address(?:es)?|netmask|ip address|ipv[46] address|ipv[46]\.addresses|ipaddr|subnet|prefix|ifconfig)\b|\bip\[[^\]]{0,80}->|接口地址|子网掩码/i,
    'address',
  ],
  [
    /\b(?:interfaces?|shutdown|speed|duplex|ethernet|system\.interface|lan|wan|wireless|wlan|ssid)\b|\/interfaces?\.php/i,
    'interface',
  ],
  [/\b(?:firewall|policy|rules?|filter)\b|防火墙/i, 'filter'],
]
const GATED = WORDS.map(([pattern, changed]) => ({ gate: gated(pattern), changed }))

/** Who changed it, from where and by which program: and on which interface: these names tell nothing of what was changed. */
const BY =
  /\bby [^\s(]{1,120}|\bUser:? ?'?[\w.@-]{1,64}'?|\bfrom (?:IP )?[\d.:a-f]{3,45}|[\w.-]{1,64}@[\d.:a-f]{3,45}|\(Local Database\)|(?<=\b(?:src|dst)-(?:addr|zone) |\b(?:name|service|description) )"[^"]{0,80}"|\b(?:interface|comment|name)=(?:"[^"]{0,120}"|\S{1,120})/gi

/** @returns what the line of a change says that was changed; `other` where it only says that something was */
export function changedBy(message: string): Changed {
  const said = message.slice(0, 600).replace(BY, ' ')
  return GATED.find(({ gate }) => gate.test(said))?.changed ?? 'other'
}
