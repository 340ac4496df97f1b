import type { Bilingual } from '../../../schemas/rule.js'

/** Why a broker or a server could not be used, and what to do about it. */
export type Reason = { readonly code: string; readonly what: Bilingual; readonly todo: Bilingual }

type Known = Reason & { readonly fits: (code: string, text: string) => boolean }
const codes =
  (...known: readonly string[]) =>
  (code: string): boolean =>
    known.includes(code)

const KNOWN: readonly Known[] = [
  {
    code: 'refused',
    fits: codes('ECONNREFUSED'),
    what: { en: 'nothing listens there', zh: '端口无服务监听' },
    todo: {
      en: 'Check host and port, and that the server runs.',
      zh: '请检查主机、端口以及服务是否运行。',
    },
  },
  {
    code: 'unknown-host',
    fits: codes('ENOTFOUND', 'EAI_AGAIN'),
    what: { en: 'the name has no address', zh: '域名无法解析' },
    todo: { en: 'Check the name and the name server of this host.', zh: '请检查主机名和本机DNS设置。' },
  },
  {
    code: 'no-route',
    fits: codes('EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'),
    what: { en: 'no route to it from here', zh: '没有到达该主机的路由' },
    todo: { en: 'Check network, VPN and routes of this host.', zh: '请检查本机网络、VPN和路由。' },
  },
  {
    code: 'tls-untrusted',
    fits: codes(
      'SELF_SIGNED_CERT_IN_CHAIN',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'UNABLE_TO_GET_ISSUER_CERT',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    ),
    what: { en: 'its certificate is of an authority that is not trusted here', zh: '证书由不受信任的CA签发' },
    todo: {
      en: 'Name the PEM file of that authority as ca.',
      zh: '请在 ca 中指定该CA的PEM文件。',
    },
  },
  {
    code: 'tls-expired',
    fits: codes('CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'),
    what: { en: 'its certificate is not valid at this time', zh: '证书已过期或尚未生效' },
    todo: { en: 'Renew the certificate, or correct the clock of this host.', zh: '请更新证书，或校正本机时钟。' },
  },
  {
    code: 'tls-name',
    fits: codes('ERR_TLS_CERT_ALTNAME_INVALID'),
    what: { en: 'its certificate is for another name', zh: '证书中的主机名不符' },
    todo: {
      en: 'Use the name that the certificate has, or have it issued for this one too.',
      zh: '请使用证书中的主机名，或重新签发证书。',
    },
  },
  {
    code: 'tls-client-certificate',
    fits: (code) => /ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|UNKNOWN_CA)$/.test(code),
    what: {
      en: 'it asks for a certificate of this client, or does not trust the one it was shown',
      zh: '要求客户端证书，或不信任所出示的证书',
    },
    todo: {
      en: 'Name the PEM files of a certificate that it trusts as cert and key.',
      zh: '请在 cert 和 key 中指定受其信任的客户端证书。',
    },
  },
  {
    code: 'tls-none',
    fits: (code, text) =>
      codes('EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG')(code) ||
      text.includes('before secure TLS connection'),
    what: {
      en: 'it does not speak TLS on this port, or no version that is known here',
      zh: '该端口不支持TLS或版本不兼容',
    },
    todo: { en: 'Take the port that does, or set ssl: false.', zh: '请改用TLS端口，或设置 ssl: false。' },
  },
  {
    code: 'login-not-wanted',
    fits: (_, text) => /current SASL state/i.test(text),
    what: { en: 'it wants no login on this port', zh: '该端口不需要登录' },
    todo: { en: 'Take the port that does, or leave out kafka.sasl.', zh: '请改用需要登录的端口，或去掉 kafka.sasl。' },
  },
  {
    code: 'login-mechanism',
    fits: (_, text) => /SASL mechanism|mechanism is not supported/i.test(text),
    what: { en: 'it does not know this way of logging in', zh: '不支持该认证方式' },
    todo: {
      en: 'Set kafka.sasl.mechanism to one of sasl.enabled.mechanisms of the brokers.',
      zh: '请将 kafka.sasl.mechanism 设为服务端 sasl.enabled.mechanisms 之一。',
    },
  },
  {
    code: 'login-refused',
    fits: (_, text) => /SASL/.test(text),
    what: { en: 'it refuses the login', zh: '登录被拒绝' },
    todo: {
      en: 'Check mechanism, username and password under kafka.sasl.',
      zh: '请检查 kafka.sasl 的认证方式、用户名和密码。',
    },
  },
  {
    code: 'too-old',
    fits: codes('TOO_OLD'),
    what: { en: 'it is older than Kafka 2.3', zh: '服务端版本低于Kafka 2.3' },
    todo: { en: 'Upgrade the broker.', zh: '请升级Kafka。' },
  },
  {
    code: 'not-kafka',
    fits: (_, text) => text.includes('is not Kafka'),
    what: { en: 'what answers there is not Kafka', zh: '该端口的服务不是Kafka' },
    todo: { en: 'Check host and port; the port may ask for TLS.', zh: '请检查主机和端口；该端口可能要求TLS。' },
  },
  {
    code: 'closed',
    fits: (code, text) => codes('ECONNRESET', 'EPIPE')(code) || /closed/i.test(text),
    what: { en: 'it closes the connection', zh: '连接被对方关闭' },
    todo: {
      en: 'The port may ask for TLS or for a login: check kafka.ssl, kafka.sasl and the port.',
      zh: '该端口可能要求TLS或登录：请检查 kafka.ssl、kafka.sasl 和端口。',
    },
  },
  {
    code: 'no-answer',
    fits: (code, text) => codes('ETIMEDOUT')(code) || /time(d )?out|no answer/i.test(text),
    what: { en: 'no answer in time', zh: '超时无应答' },
    todo: {
      en: 'A firewall may drop the packets, the server may hang, or the port may speak another protocol (TLS).',
      zh: '可能被防火墙丢弃、服务无响应，或该端口使用其他协议（如TLS）。',
    },
  },
]

/** What is behind an error of a client. Its own text is shown only where nothing better is known. */
export function reasonOf(error: unknown): Reason {
  const chain: { code?: unknown; message?: unknown; cause?: unknown }[] = []
  for (
    let at = error;
    typeof at === 'object' && at !== null && chain.length < 8;
    at = (at as { cause?: unknown }).cause
  )
    chain.push(at as (typeof chain)[number])
  for (const known of KNOWN) {
    for (const link of chain.toReversed())
      if (known.fits(String(link.code ?? ''), String(link.message ?? ''))) {
        const { code, what, todo } = known
        return { code, what, todo }
      }
  }
  const text = String(chain.at(-1)?.message ?? error).split('\n')[0] ?? ''
  return {
    code: 'failed',
    what: { en: `it fails: ${text}`, zh: `出错：${text}` },
    todo: { en: 'Look for this in the log of the server.', zh: '请在服务端日志中查找该错误。' },
  }
}
