import type { Config } from '../../schemas/config.js'
import { topicNames } from './topics.js'

export type Contradiction = { readonly at: readonly string[]; readonly message: string }

/** What no single key can tell: keys that do not go together. Messages hold no values. */
export function contradictions({ kafka, elasticsearch, kibana }: Config): readonly Contradiction[] {
  const found: Contradiction[] = []
  const refuse = (when: boolean, at: readonly string[], message: string) => {
    if (when) found.push({ at, message })
  }
  if (kafka) {
    // A pattern leaves them out by itself.
    const internal = Object.values(topicNames(kafka.prefix)).find((t) => [kafka.topics].flat().includes(t))
    refuse(
      internal !== undefined,
      ['kafka', 'topics'],
      `kafka.topics takes in ${internal}, an internal topic: what is written there would come back as input; name raw topics only`,
    )
    if (typeof kafka.ssl === 'object') {
      const { cert, key } = kafka.ssl
      refuse(cert !== undefined && key === undefined, ['kafka', 'ssl', 'cert'], 'kafka.ssl.cert needs kafka.ssl.key')
      refuse(key !== undefined && cert === undefined, ['kafka', 'ssl', 'key'], 'kafka.ssl.key needs kafka.ssl.cert')
    }
  }
  if (elasticsearch) {
    const { node, cloud_id } = elasticsearch
    const at = ['elasticsearch']
    refuse(node === undefined && cloud_id === undefined, at, 'elasticsearch needs node or cloud_id')
    refuse(
      node !== undefined && cloud_id !== undefined,
      [...at, 'cloud_id'],
      'elasticsearch.cloud_id takes the place of elasticsearch.node; leave one out',
    )
    refuseLogins('elasticsearch', elasticsearch, refuse)
  }
  if (kibana) refuseLogins('kibana', kibana, refuse)
  return found
}

type Login = {
  readonly api_key?: string | undefined
  readonly username?: string | undefined
  readonly password?: string | undefined
}
/** One way to log in, and that one whole. */
function refuseLogins(
  section: string,
  { api_key, username, password }: Login,
  refuse: (when: boolean, at: readonly string[], message: string) => void,
): void {
  refuse(
    api_key !== undefined && (username !== undefined || password !== undefined),
    [section, 'api_key'],
    `${section}.api_key takes the place of username and password; leave one out`,
  )
  refuse(
    username !== undefined && password === undefined,
    [section, 'username'],
    `${section}.username needs ${section}.password`,
  )
  refuse(
    password !== undefined && username === undefined,
    [section, 'password'],
    `${section}.password needs ${section}.username`,
  )
}
