import type { State } from './states.js'

/**
 * A length of two or four bytes that is none: the record header 16 03 01 to 16 03 03 of TLS (RFC 8446, 5.1), read as a number, and what decoders add to it.
 * Answers may be as long by chance, so that somebody must complain of it.
 */
const HELLO = String.raw`\b(?:563[5-9]|36929(?:56(?:1[6-9]|[2-9]\d)|5[7-9]\d\d|6[0-3]\d\d))\b`
const LENGTH = String.raw`\b(?:length|size|frame|header|packet|message)\b`
const COMPLAINT = String.raw`(?:exceed|too (?:long|large|big)|invalid|illegal|\bbad\b|discard|larger than|greater than)`

/**
 * The same states in the words that many programs and boxes share, after those that one maker has for himself: what is short of something, broken,
 * held by another, or not allowed to run.
 * Sources: messages of Linux, FreeBSD and Windows, lwIP; of Apache, PHP-FPM, IIS, Redis, Galera, Kafka; of switches, UPSs and access points; of
 * LSMs (SELinux, AppArmor); 3GPP TS 24.008 10.5.3.6 and 10.5.6.6; Nagios plugins; Cisco IP SLA.
 */
export const COMMON_STATES: readonly State[] = [
  {
    pattern:
      /avc: {1,3}denied {1,3}\{ [^}\n]{0,40}\bname_connect\b|apparmor="DENIED"[^\n]{0,120}\b(?:network|connect|inet)\b|Filtering Platform has blocked a (?:connection|packet)|筛选平台(?:已)?阻止/i,
    action: 'policy-denied',
    reason: 'the host itself forbids it',
  },
  {
    // Whoever names the hardware address of the one that he gives an address to hands them out.
    pattern:
      /DHCP[^\n]{0,40}(?:client|host|lease|assign\w{0,4}|offer\w{0,4}|ack|to|for|from|on|客户端|主机|终端|给|向)[ :=(]{0,3}(?:[^\n]{0,24}[ =(])?[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}[^\n]{0,40}(?:分配|续租|租约|lease|assign|renew|grant|ack|ip)[^\n]{0,24}?\d{1,3}(?:\.\d{1,3}){3}/i,
    action: 'address-assigned',
    reason: 'an address is handed out',
  },
  {
    pattern:
      /another (?:instance|copy) (?:of [^\n]{1,60} )?is (?:already )?(?:running|active)|already (?:an|another) (?:instance|copy) (?:of [^\n]{1,60} )?running|being used by another process|(?:in use|held|claimed|opened|locked) by another (?:program|process|application|driver|instance)|另一个?(?:实例|进程|程序|应用)[^\n]{0,12}(?:运行|使用|占用)|已(?:有|存在)[^\n]{0,8}实例[^\n]{0,8}运行|(?:设备|串口|文件|端口)[^\n]{0,8}(?:正)?被(?:其他|另一)?[^\n]{0,6}(?:占用|使用)/i,
    action: 'request-failed',
    reason: 'another program holds it',
  },
  {
    pattern:
      /(?:cannot|could not|failed to|unable to) bind\b[^\n]{0,120}\bin use\b|address already in use[^\n]{0,80}\bbind\b|JVM_Bind|address in use\b[^\n]{0,24}(?:bind|listen)/i,
    action: 'request-failed',
    reason: 'the port is taken',
    isDecisive: true,
  },
  {
    pattern:
      /too many orphaned sockets|out of socket memory|\bnmbclusters limit|\bmbufs?\b[^\n]{0,32}(?:exhaust|denied|limit reached)|(?:out of|no (?:free|more)) (?:tcp[ _])?(?:PCB|pbuf|mbuf)s?\b|non-?paged pool[^\n]{0,40}(?:empty|exhaust|unable)|socket (?:buffer|memory)[^\n]{0,24}(?:exhaust|used up|pressure)/i,
    action: 'socket-memory',
    reason: 'no memory for sockets',
  },
  {
    pattern:
      /(?:neighbou?r|ARP|NDP?|routing|flow|MAC(?: address)?) (?:table|cache)[^\n]{0,16}(?:overflow|is full|\bfull\b|exhausted)|dst cache overflow|(?:ARP|邻居|路由|连接|会话|NAT)表[^\n]{0,6}(?:已?满|溢出|耗尽)|(?:SYN|accept)[ -]?(?:queue|backlog) (?:is )?(?:full|overflow)/i,
    action: 'table-full',
    reason: 'no entry is free',
  },
  {
    pattern:
      /number of concurrent TCP connect attempts|ephemeral ports?[^\n]{0,32}(?:exhaust|used up|in use|none)|source ports?[^\n]{0,24}(?:exhaust|used up)|(?:SNAT|outbound) ports?[^\n]{0,24}(?:exhaust|used up|allocation failed)/i,
    action: 'ports-exhausted',
    reason: 'no port is left',
  },
  {
    pattern:
      /frag(?:mentation)?[ -](?:is )?needed|packets? (?:> ?|over |above )(?:the )?M[RT]U\b[^\n]{0,40}\bdrop|\bEMSGSIZE\b|message too long[^\n]{0,16}\bmtu\b|packets? (?:is |are )?too (?:big|large)[^\n]{0,24}(?:\bmtu\b|\bDF\b|fragment)|(?:larger than|exceeds?) (?:the )?(?:path |link |interface )?MTU\b|需要(?:拆分|分片)|超过(?:接口)?MTU/i,
    action: 'mtu-exceeded',
    reason: 'too big for the way',
  },
  {
    pattern:
      /\bfan\b[^\n]{0,24}\b(?:failed|failure|fault|stopped|removed)\b|temperature[^\n]{0,40}(?:\babove\b|exceed|is critical|critical alarm|too high|high alarm)|thermal (?:shutdown|trip|alarm|throttl)|overheat|over-?temp|风扇[^\n]{0,6}(?:故障|停转|异常)/i,
    action: 'overheated',
    reason: 'too hot',
    unless: /\bnormal\b|recover|cleared|恢复|正常/i,
  },
  {
    pattern:
      /PCIe Bus Error: severity=(?:Uncorrected|Fatal)|\bEDAC\b[^\n]{0,60}\bUE\b|(?:multi-bit|uncorrectable) [^\n]{0,24}(?:ECC|memory|error)|\bDIMM\b[^\n]{0,48}(?:fail|fault|uncorrect)|machine check (?:exception|error)|hardware (?:failure|fault)\b|(?:主板|内存条?|CPU|硬件)[^\n]{0,6}(?:故障|损坏)/i,
    action: 'power-event',
    reason: 'the machine fails',
  },
  {
    pattern:
      /(?:rx|receive[rd]?|optical|input) ?_?(?:optical )?_?power[^\n]{0,32}(?:low|below|under|alarm)|(?:SFP|transceiver|optics?|光模块)[^\n]{0,48}(?:low (?:alarm|warning)|alarm (?:raised|set)|fault|failed|not (?:supported|recogni[sz]ed))/i,
    action: 'optics-weak',
    reason: 'too little light',
    unless: /cleared|recover|normal|恢复|解除/i,
  },
  {
    // ITU-T G.984.3: what an optical unit sends as its power goes.
    pattern: /\bdying[ -]?gasp\b/i,
    action: 'power-event',
    reason: 'the power fails',
    unless: /cleared|recover|ended|恢复|解除/i,
  },
  {
    pattern:
      /\bsignal[ =:]{1,2}-(?:8[3-9]|9\d) ?dBm\b[^\n]{0,40}\b(?:noise|CCQ|SNR)\b|missing ACKs|beacon[s ]{0,2}(?:loss|lost|miss)|signal quality updated[: (]{1,3}1?\d\b|\bdue to low ack\b|excessive (?:tx |frame )?retries|(?:poor|weak|low) (?:wi-?fi |wireless |radio |lte )?signal|signal (?:strength |quality |level )?(?:is |too )?(?:weak|poor|low)\b|信号(?:强度|质量)?(?:太|过|较)?(?:弱|差|低)/i,
    action: 'signal-weak',
    reason: 'the radio is weak',
  },
  {
    pattern:
      /no free (?:leases|addresses)|(?:address|DHCP|IP|lease) (?:pool|scope|range)\b[^\n]{0,40}(?:exhausted|is empty|ran out|out of addresses|no (?:more |free |available )?addresses|100 ?(?:%|percent))|no (?:more |available |free )?(?:IP )?address(?:es)? (?:(?:is |are )?(?:available|left|free)|to (?:offer|lease|assign|allocate|hand out))\b|ran out of (?:IP )?addresses|地址池[^\n]{0,12}(?:耗尽|已满|用尽|不足)|没有可(?:用|分配)的?(?:IP)?地址/i,
    action: 'dhcp-no-answer',
    reason: 'no address is left',
  },
  {
    pattern:
      /\bMAC(?:[ _-]?address)?[ _-]?(?:flap|move)|is flapping between|BPDU[ _-]?guard|broadcast storm|storm[ _-]?control|MAC地址(?:漂移|抖动)|广播风暴|(?:产生|存在|发现)环路/i,
    action: 'topology-changed',
    reason: 'ports do not agree',
  },
  {
    pattern:
      /no suitable proposal|proposals? (?:un|not )acceptable|INVALID_ID_INFORMATION|INVALID_KE_PAYLOAD|(?:HSRP|VRRP|OSPF|EIGRP|BGP|IS-?IS|LACP|STP)\b[^\n]{0,60}(?:mismatch|inconsisten|authentication (?:failed|failure|error)|bad auth)/i,
    action: 'route-changed',
    reason: 'two ends are set differently',
  },
  {
    pattern:
      /IMSI unknown|illegal (?:MS|ME|UE)\b|GPRS services? not allowed|operator[- ]determined barring|(?:PDP|PDN|bearer|data call)[^\n]{0,40}(?:reject|refused|not allowed|not subscribed)|Timeout waiting for PADO|no PADO\b|access (?:denied|blocked|restricted) (?:from|in|for) your (?:country|region|area)/i,
    action: 'attach-refused',
    reason: 'the network refuses the subscriber',
  },
  {
    pattern:
      /no (?:healthy|live|available) (?:upstreams?|backends?|hosts?|members?|servers?|endpoints?)|all (?:backends?|upstreams?|servers?|members?|nodes) (?:are )?(?:down|unhealthy|failed|unavailable)|(?:marked|state:?|status:?|is|now) (?:as )?(?:DOWN|unhealthy)\b[^\n]{0,60}(?:health|monitor|check|probe)|(?:health|monitor|check|probe)[^\n]{0,60}(?:marked|marking|is|now) (?:as )?(?:down|unhealthy)\b|(?:target|backend|member|upstream)s? [^\n]{1,64}(?:is|are|became|turned) unhealthy|(?:无|没有)可用的?(?:后端|上游|节点|成员)|健康检查(?:失败|不通过)|(?:后端|节点|成员)[^\n]{0,12}(?:下线|摘除|不可用)/i,
    action: 'server-down',
    reason: 'no server is left',
  },
  {
    pattern:
      /reached (?:pm\.)?max_children|max(?:imum)? (?:number of )?(?:clients|workers|threads|requests|sessions) (?:was |has been |is )?(?:reached|exceeded)|\bQueueFull\b|request queue[^\n]{0,16}(?:limit (?:reached|exceeded)|\bfull\b)|server (?:is )?too busy|(?:请求|任务|工作)队列(?:已)?满|服务(?:器)?繁忙/i,
    action: 'overload',
    reason: 'no worker is free',
  },
  {
    pattern:
      /\bnon-Primary\b|has not yet prepared node|READONLY You can't write|\bMASTERDOWN\b|\bCLUSTERDOWN\b|LOADING Redis is loading|NotLeaderFor|LeaderNotAvailable|NoBrokersAvailable|master_not_discovered|split[- ]brain|(?:lost|no|without|loss of) quorum|quorum (?:is |was )?(?:lost|not met)|脑裂|失去(?:仲裁|多数)/i,
    action: 'failover',
    reason: 'another takes over',
  },
  {
    // Windows security audit 4946 to 4950, the cloud's own record of calls, consoles of routers.
    pattern:
      /A change (?:was|has been) made to (?:the )?Windows (?:Defender )?Firewall (?:exception list|setting)|\b(?:Revoke|Authorize|Modify|Update)SecurityGroup(?:Ingress|Egress|Rules?)\b|\b(?:Create|Delete|Replace)NetworkAclEntry\b|(?:^|[\s:\]])(?:admin|root|operator|administrator|user \S{1,32}) (?:has )?(?:added|changed|modified|deleted|removed|enabled|disabled) (?:the )?(?:(?:firewall|static route|route|NAT|VLAN|DHCP|DNS|interface|policy|rule|access[- ]list)\b|\/(?:\w{1,24}[/-]){1,6})|Changes applied by \S{1,32}(?: \([\d.:a-f]{2,45}\))?: ?(?:network|firewall|interface|VLAN|NAT|route|DNS|DHCP)\b/i,
    action: 'config-changed',
    reason: 'settings are changed',
  },
  {
    pattern: /\bcircuit_breaking_exception\b|\bOOM command not allowed\b|heap (?:space )?(?:is )?(?:exhausted|full)/i,
    action: 'memory-pressure',
    reason: 'no memory is left',
  },
  {
    // InnoDB 1205 and its semaphores, PostgreSQL 55P03, Oracle, SQL Server 1222, as a program's driver passes them on.
    pattern:
      /Lock wait timeout exceeded|canceling statement due to lock timeout|\bORA-(?:00054|30006)\b|Lock request time out period exceeded|InnoDB: (?:A long semaphore wait|Semaphore wait has lasted)|database (?:table )?is locked\b/,
    action: 'lock-wait',
    reason: 'another holds the lock',
    isDecisive: true,
  },
  {
    pattern:
      /could not create the Java Virtual Machine|Unrecognized (?:VM )?option|NoClassDefFoundError|ClassNotFoundException|UnsupportedClassVersionError|error while loading shared libraries|symbol lookup error|GLIBC_[\d.]{3,8}' not found|ModuleNotFoundError|Cannot find module|ErrImagePull|ImagePullBackOff|executable file not found|exec format error/i,
    action: 'request-failed',
    reason: 'its settings keep it from running',
  },
  {
    pattern:
      /no pg_hba\.conf entry|password authentication failed for user|Access denied for user '|Login failed for user|ORA-01017|\bWRONGPASS\b|NOAUTH Authentication|用户[^\n]{0,24}登录失败/i,
    action: 'request-failed',
    reason: 'its login is refused',
  },
  {
    pattern: new RegExp(
      String.raw`${COMPLAINT}[^\n]{0,40}?${LENGTH}[^\n]{0,40}?${HELLO}|${LENGTH}[^\n]{0,40}?${COMPLAINT}[^\n]{0,40}?${HELLO}|${LENGTH}[^\n]{0,40}?${HELLO}[^\n]{0,40}?${COMPLAINT}`,
      'i',
    ),
    action: 'tls-failed',
    reason: 'TLS where none is spoken',
    isDecisive: true,
  },
  {
    pattern:
      /(?:no (?:shared|common) cipher|unsupported protocol|wrong version number|no protocols in common|inappropriate fallback|handshake[_ ]failure|protocol[_ ]version)[^\n]{0,24}(?:$|\n|\)|\]|,|:|;)|TLS[^\n]{0,40}version[^\n]{0,24}(?:not supported|unsupported|mismatch)|SSL\/?TLS[^\n]{0,12}(?:版本|协议)不(?:支持|匹配)/i,
    action: 'tls-failed',
    reason: 'no TLS in common',
  },
  {
    pattern:
      /PING (?:CRITICAL|WARNING)|(?:loss|latency|rtt|jitter|round[- ]trip)[^\n]{0,40}(?:threshold (?:is |was |has been )?(?:exceeded|crossed|violated|breached)|(?:exceeds|exceeded|above|over|breached) (?:the |its )?(?:\w{1,12} )?threshold)|threshold (?:exceeded|crossed|violation)[^\n]{0,40}(?:loss|latency|rtt|jitter|round[- ]trip)|\bSLA\b[^\n]{0,32}(?:violat|not met|out of|fail)|(?:link|line|path|WAN) (?:quality|health)[^\n]{0,24}(?:degraded|poor|bad|low)|excessive retransmi|too many retransmi|重传[^\n]{0,6}(?:过多|超限|过高)|(?:线路|链路|网络)(?:质量)?[^\n]{0,4}(?:拥塞|劣化|质量差)|拥塞告警|(?:上行|下行|带宽|端口)利用率[^\n\d]{0,3}(?:9[5-9]|100) ?%[^\n]{0,24}(?:丢包|丢弃)|\bPON\b[^\n]{0,80}\b(?:congest\w{0,4}|utili[sz]ation[^\n\d]{0,4}(?:9[5-9]|100) ?%)/i,
    action: 'other',
    reason: 'a monitor counts lost packets',
    // Of a host that is down all are lost.
    unless: /resolved|recover|cleared|below|back to normal|\bOK\b|恢复|解除|loss\D{1,3}100 ?%/i,
  },
  {
    pattern:
      /(?:could|can)(?:not| not|n't) resolve (?:the )?(?:host|name|domain|address|server|'?[\w-]{1,63}\.[\w-])|name resolution (?:failed|failure|error|timeout|timed out)|Name resolution for the name|no servers could be reached|server can't find|bad address '|\bSERVFAIL\b|(?:konnte|kann) nicht aufgelöst werden|Namensauflösung[^\n]{0,24}(?:fehlgeschlagen|gestört)|名称解析[^\n]{0,12}(?:超时|失败)|域名[^\n]{0,8}(?:不存在|无法解析|解析不到)/i,
    action: 'dns-failed',
    reason: 'no name is found',
  },
]
