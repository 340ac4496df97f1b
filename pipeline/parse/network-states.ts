import type { State } from './states.js'

const OVER = /resolved|recover|cleared|back to normal|status:? OK\b|恢复|解除/i

/**
 * What boxes, providers and monitors say of the network between two programs: settings of two ends that do not fit, answers that come another way,
 * an account or a line that the provider takes away, readings of a line that somebody else's monitor took. Read as the states of programs are.
 * Sources: strongSwan, BIRD, FRR and IOS messages; Linux fib_frontend.c; FortiOS debug flow; RFC 4271 6 (BGP notifications), RFC 7296 3.10.1 (IKEv2
 * notifications); FRITZ!Box, Huawei and H3C event lists; notices of AWS, Azure, Alibaba and Tencent clouds; Zabbix, PRTG, SmokePing, Galera.
 */
export const NETWORK_STATES: readonly State[] = [
  {
    // Android: all addresses, or half of them, go through an interface of a tunnel.
    pattern: /Adding Route \[(?:0\.0\.0\.0\/[01]|128\.0\.0\.0\/1|::\/0) -> \S{2,45} (?:tun|wg|ppp|ipsec|utun|tap)\d/,
    action: 'route-changed',
    reason: 'a tunnel takes the default route',
    isDecisive: true,
  },
  {
    pattern:
      /\b(?:MAC|ARP)\b[^\n]{0,24}(?:匹配错误|不匹配|不一致|绑定(?:冲突|错误|失败))|IP[- /]?MAC[^\n]{0,16}(?:mismatch|violation|conflict)|Invalid ARPs? [^\n]{0,40}DHCP[_ ]SNOOPING|ARP inspection[^\n]{0,24}(?:denied|dropped|failed)|(?:port[- ]security|IP source guard)[^\n]{0,16}violat/i,
    action: 'address-conflict',
    reason: 'the address is bound to another device',
  },
  {
    pattern:
      /TS_UNACCEPTABLE|NO_PROPOSAL_CHOSEN|no (?:acceptable|matching) (?:traffic selector|proposal|peer config)|(?:proxy[- ]?id|phase ?[12]|proposal|traffic selectors?|(?:pre-?shared|psk) key|PSK)[^\n]{0,24}mismatch|AUTHENTICATION_FAILED notify|(?:peer|neighbou?r) in wrong AS|bad peer AS|OPEN message error|connect(?:ion)? from unknown (?:address|peer|neighbou?r)|mismatched? (?:area|hello|dead|subnet|netmask|AS)\b|(?:area|hello|dead)[- ](?:id|interval|timer) mismatch|invalid MD5 digest|MD5 (?:digest )?(?:mismatch|failure)|(?:VRID|VRRP|LACP|MTU|subnet mask|netmask)[^\n]{0,24}(?:mismatch|inconsisten)|(?:协商|隧道|邻居)[^\n]{0,16}(?:不匹配|不一致)/i,
    action: 'route-changed',
    reason: 'two ends are set differently',
  },
  {
    pattern:
      /\bmartian (?:source|destination)\b|reverse path (?:check )?fail|\b(?:u?RPF|rp_filter)\b[^\n]{0,32}(?:fail|drop|violat)|反向路径[^\n]{0,8}(?:失败|丢弃)|asymmetric (?:route|routing|path)|非对称路由/i,
    action: 'packet-returned',
    reason: 'its way back is another',
  },
  {
    pattern:
      /Could not set (?:default )?route|invalid gateway\b|Nexthop has invalid|gateway[^\n]{0,24}(?:not|isn't) (?:on|in|within) (?:the )?(?:same |directly connected |local )?(?:link|subnet|network)|(?:no|missing|without a) default (?:route|gateway)\b|overlap(?:s|ping)? (?:with )?(?:subnet|network|address|route)|网关[^\n]{0,8}(?:不在(?:同一)?(?:网段|子网)|不可达|无效)|(?:缺少|没有|无)默认(?:路由|网关)/i,
    action: 'route-changed',
    reason: 'the route cannot be set',
  },
  {
    pattern:
      /(?:ISP|provider|WAN)(?:'s)? DHCP[^\n]{0,24}(?:did not|failed|not function|no (?:answer|response))|(?:PPP|PPPoE|CHAP|PAP|LCP)\b[^\n]{0,40}(?:auth\w{0,12}[ _]?(?:failed|failure|refused|rejected|err)|rejected by (?:the )?(?:peer|server))|(?:CHAP|PAP)AUTHERR|(?:3GPP|network|EPS|GPRS|LTE) registration[^\n]{0,40}\bdenied\b|Anmeldung beim Internetanbieter[^\n]{0,40}(?:gescheitert|abgelehnt|fehlgeschlagen|nicht möglich)|PPPoE-Fehler|Zugangsdaten[^\n]{0,24}(?:falsch|ungültig)|(?:拨号|PPPoE|宽带)[^\n]{0,12}(?:认证失败|鉴权失败|账号(?:错误|欠费|停机))/i,
    action: 'attach-refused',
    reason: 'the provider refuses the account',
    isDecisive: true,
  },
  {
    pattern:
      /\b(?:subscription|tenant|contract|(?:billing|cloud) account)\b[^\n]{0,64}\b(?:is|was|has been) (?:disabled|suspended|deactivated)\b|DisabledSubscription|account (?:is )?in arrears|(?:overdue|unpaid) (?:bill|invoice|balance)|欠费(?:停机|停服|隔离)?|账户(?:已)?(?:冻结|停用)|(?:null|black)[- ]?(?:route|hole|holing)d?\b[^\n]{0,40}(?:\d{1,3}\.){3}\d|\brtbh (?:announc|inject|activ|add|install)\w{0,6}\b[^\n]{0,40}(?:\d{1,3}\.){3}\d|(?:\d{1,3}\.){3}\d[^\n]{0,60}\bcommunity 65535:666\b|(?<!no )\bip route (?:\d{1,3}\.){3}\d{1,3}\/32 (?:blackhole|null0|reject)\b|(?:\d{1,3}\.){3}\d[^\n]{0,80}\baction[=: ]{1,2}(?:rtbh|blackhole|null-?route)\b|黑洞(?:状态|策略|清洗)?|(?:服务器|云)[^\n]{0,16}(?:已|被)(?:屏蔽|封堵|封禁)/i,
    action: 'attach-refused',
    reason: 'the provider blocked the account or the address',
    isDecisive: true,
  },
  {
    pattern:
      /Zwangstrennung|(?:ISP|provider|PPPoE|DSL)[^\n]{0,24}forced (?:disconnect|re-?connect)|(?:session|PPPoE)[^\n]{0,24}24[- ]?h(?:ours?)? (?:limit|disconnect)|"EventType" ?: ?"(?:Freeze|Reboot|Redeploy|Preempt)"[^\n]{0,200}"NotBefore"|MAINTENANCE_(?:SCHEDULED|EVENT)|(?:MIGRATE|TERMINATE)_ON_HOST_MAINTENANCE|(?:provider|carrier|ISP|circuit(?! ?breaker)|leased line|DirectConnect|ExpressRoute|backbone)\b[^\n]{0,48}\b(?:maintenance|planned works?|outage)\b|(?:运营商|线路|专线|机房|云平台|宿主机)[^\n]{0,16}(?:割接|维护|检修|升级)/i,
    action: 'other',
    reason: 'the provider interrupts the service',
    isDecisive: true,
  },
  {
    // A DSL line out of sync, by the states of ITU-T G.997.1 as modems name them.
    pattern:
      /\bline[_ -]?state["']?\s?[=:]\s?["']?(?:Idle|Silent|Handshake|(?:Full|Short|Fast) (?:init|retrain)|Training|Exception|Not init|Down|No ?Signal|Deactivat)/i,
    action: 'link-down',
    reason: 'the DSL line is not in sync',
  },
  {
    // sudo(8), cron(8), shells and ifupdown: what an administrator's command did to the network of this host. Reading it is no change.
    pattern:
      /(?:\bCOMMAND=\S{0,80}\b|\bCMD \((?:\S{0,60}\/)?|(?:^[^\n]{0,60}[#$] |\bif(?:up|down)\[[^\]\n]{1,32}\]: )(?:sudo )?(?:\/usr)?(?:\/s?bin\/)?)(?:nmcli (?:\S{1,12} ){0,2}(?:con\w{0,8}|device|networking|radio) (?:mod\w{0,3}|up|down|add|del\w{0,3}|set|edit|reapply|on|off)|netplan (?:apply|set|try)|nmtui|ifconfig \S{1,32} \S|ifup|ifdown|ip (?:-\S{1,4} ){0,2}(?:a|addr|address|r|ro|route|rule|l|link|n|neigh) (?:add|del|delete|change|replace|append|set|flush)|route (?:-\S{1,6} )?(?:add|del)|networkctl (?:re\w{2,8}|up|down)|dhclient|dhcpcd|resolvectl (?:dns|domain|revert)|ethtool -\S|(?:ip6?tables|nft|ufw|firewall-cmd|iptables-restore) [^\n]{0,12}(?:-[AIDRFPX]\b|add|delete|insert|flush|deny|allow|reject|enable|disable|reload|--(?:add|remove|reload|permanent)|-f )|wg-quick|tc (?:qdisc|filter|class) (?:add|del|change|replace)|sysctl -w|systemctl (?:restart|stop|start|reload) (?:network\w{0,12}|systemd-(?:networkd|resolved)|firewalld|nftables|iptables|ufw|dnsmasq|unbound|named|bind9|openvpn\S{0,24}|wg-quick\S{0,24}))/i,
    action: 'config-changed',
    reason: 'a command of an administrator',
  },
  {
    // Of a TLS that no two versions or ciphers of both sides fit.
    pattern: /未能创建 ?SSL\/TLS ?安全通道|Could not create SSL\/TLS secure channel/i,
    action: 'tls-failed',
    reason: 'no TLS in common',
  },
  {
    // Minutes at least: what is less, keepers of the clock put right as they go.
    pattern:
      /System clock wrong by -?\d{3,12}\.|time (?:offset|difference) [^\n]{0,24}(?:too (?:large|big)|exceeds)|clock skew (?:is )?too (?:great|large)|系统时间[^\n]{0,12}(?:偏差过大|不正确|错误)/i,
    action: 'other',
    reason: 'the clock is far off',
  },
  {
    pattern:
      /找不到主机|无法找到主机|could not find host|DNS[- ]Störung|"dns timeout"|DNS[- ]?(?:servers?|resolvers?)[^\n]{0,24}(?:not respond|unreachable|no response|timed out|failed|antwortet nicht)|DNS ?服务器[^\n]{0,8}(?:无响应|没有响应|不可用|不可达)|\[dnssec\] validation failure/i,
    action: 'dns-failed',
    reason: 'no name is found',
  },
  {
    pattern:
      /(?:high|excessive|abnormal|heavy) (?:\w{1,12} ){0,2}(?:packet )?loss|(?:packet |ping )?loss (?:rate )?(?:is )?(?:too high|(?:above|over|exceeds?|exceeded) (?:the )?(?:(?:\w{1,12} )?(?:limit|threshold)|\d))|\b(?:big|some|rtt)?loss was raised\b|socket stats: rtt: [^\n]{1,80}lost: [1-9]|(?:丢包率?|丢包)[^\n]{0,8}(?:过高|超过|超限|超出|告警|严重)/i,
    action: 'other',
    reason: 'a monitor counts lost packets',
    unless: OVER,
  },
  {
    pattern:
      /(?:high|excessive|abnormal) (?:\w{1,12} ){0,2}(?:latency|rtt|round-?trip|ping (?:time|response)|jitter)|(?:latency|rtt|round[- ]trip(?: time)?|ping time|response time|jitter)\b\)? (?:is )?(?:too high|(?:above|over|exceeds?|exceeded|higher than) (?:the )?(?:(?:\w{1,12} )?(?:limit|threshold)|\d))|\bMean cross-node dropped latency: \d{4,7} ms|(?:时延|延迟|往返时间|抖动)[^\n]{0,8}(?:过高|超过|过大|超限|超出|告警)/i,
    action: 'other',
    reason: 'a monitor finds the line slow',
    unless: OVER,
  },
]
