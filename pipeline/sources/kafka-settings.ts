import { readFile } from 'node:fs/promises'
import type { KafkaConfig as ClientSettings, SASLOptions } from 'kafkajs'
import kafkajs from 'kafkajs'
import type { KafkaConfig } from '../../schemas/config.js'
import { WhytimeoutError } from '../errors.js'

/** How the configuration says to reach the cluster: addresses, TLS, login. The client's own log is silent. @throws WhytimeoutError CONFIG_INVALID */
export async function kafkaSettings(config: KafkaConfig): Promise<ClientSettings> {
  return {
    clientId: config.client_id,
    brokers: [...config.brokers],
    logLevel: kafkajs.logLevel.NOTHING,
    ...(config.ssl && { ssl: config.ssl === true ? true : await pemFiles(config.ssl) }),
    ...(config.sasl && { sasl: config.sasl as SASLOptions }),
  }
}

async function pemFiles(files: Exclude<KafkaConfig['ssl'], boolean>) {
  const read = async (path: string | undefined): Promise<string | undefined> =>
    path === undefined
      ? undefined
      : readFile(path, 'utf8').catch((cause: unknown) => {
          throw new WhytimeoutError('CONFIG_INVALID', 'the certificate file cannot be read', path, { cause })
        })
  const [ca, cert, key] = await Promise.all([read(files.ca), read(files.cert), read(files.key)])
  return {
    ...(ca !== undefined && { ca: [ca] }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  }
}
