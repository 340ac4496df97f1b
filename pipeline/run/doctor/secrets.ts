import type { Config } from '../../../schemas/config.js'
import type { Findings } from '../../../schemas/doctor.js'

/** Findings as they may be printed: whatever a server says, no secret of the configuration is in them. */
export function withoutSecrets(findings: Findings, config: Config): Findings {
  const secrets = secretsOf(config).sort((a, b) => b.length - a.length)
  const clean = (text: string): string => secrets.reduce((t, secret) => t.replaceAll(secret, '***'), text)
  return {
    ...findings,
    findings: findings.findings.map((f) => ({
      ...f,
      place: clean(f.place),
      what: { en: clean(f.what.en), zh: clean(f.what.zh) },
      ...(f.todo && { todo: { en: clean(f.todo.en), zh: clean(f.todo.zh) } }),
    })),
  }
}

/** A password that is a plain word stands in texts of our own: cutting it out there would tell it. */
const isWord = (text: string): boolean => /^[\p{L} .-]*$|^.{0,5}$/su.test(text)

function secretsOf({ kafka, elasticsearch, alerts }: Config): string[] {
  const all = [
    kafka?.sasl?.password,
    elasticsearch?.password,
    elasticsearch?.api_key,
    alerts?.webhook,
    ...Object.values(alerts?.headers ?? {}),
  ]
  return all.filter((text): text is string => text !== undefined && !isWord(text))
}
