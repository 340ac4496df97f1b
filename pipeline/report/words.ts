import type { Bilingual } from '../../schemas/rule.js'
import type { Lang, Phase, Scope, VerdictCause } from '../../schemas/vocabulary.js'

export const CAUSE_NAMES: Readonly<Record<VerdictCause, Bilingual>> = {
  network_latency: { en: 'network latency', zh: '网络延迟' },
  server_failure: { en: 'server failure', zh: '服务器故障' },
  firewall_restriction: { en: 'firewall restriction', zh: '防火墙限制' },
  software_misconfiguration: { en: 'software misconfiguration', zh: '软件配置错误' },
  hardware_fault: { en: 'hardware fault', zh: '硬件问题' },
  tcpip_stack: { en: 'TCP/IP stack', zh: 'TCP/IP协议栈问题' },
  application_conflict: { en: 'application conflict', zh: '应用程序冲突' },
  dns_resolution: { en: 'DNS resolution', zh: 'DNS解析问题' },
  network_misconfiguration: { en: 'network misconfiguration', zh: '网络配置问题' },
  provider_policy: { en: 'provider policy', zh: '安全策略限制' },
  unknown: { en: 'not decided by the logs at hand', zh: '现有日志无法判定' },
}

export const PHASE_NAMES: Readonly<Record<Phase, Bilingual>> = {
  dns: { en: 'name lookup', zh: '域名解析' },
  connect: { en: 'connect', zh: '建立连接' },
  tls: { en: 'TLS handshake', zh: 'TLS握手' },
  response: { en: 'waiting for the answer', zh: '等待应答' },
  idle: { en: 'reuse of an idle connection', zh: '复用空闲连接' },
}

export const SCOPE_NAMES: Readonly<Record<Scope, Bilingual>> = {
  terminal: { en: 'terminal', zh: '终端' },
  site: { en: 'site', zh: '门店' },
  isp: { en: 'access provider', zh: '运营商' },
  endpoint: { en: 'service', zh: '服务' },
  fleet: { en: 'whole fleet', zh: '全网' },
}

/** Between names, between statements, and before what a word introduces. */
export const LIST: Bilingual = { en: ', ', zh: '、' }
export const COMMA: Bilingual = { en: ', ', zh: '，' }
export const SEMICOLON: Bilingual = { en: '; ', zh: '；' }
export const COLON: Bilingual = { en: ': ', zh: '：' }
export const inBrackets = (text: string, lang: Lang): string => (lang === 'zh' ? `（${text}）` : ` (${text})`)

export { LOG_NAMES } from '../../schemas/rule.js'
