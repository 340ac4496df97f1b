import { describe, inject } from 'vitest'

/** Runs where a test broker can be had; what is missing was said at the start. In CI it always can. */
export const describeWithKafka = describe.skipIf('kafka' in inject('missing'))

/** `host:port`, with commas, of the broker that all integration tests share: use topics and groups of your own. */
export const sharedKafka = (): Promise<string> => ask('kafka')

async function ask(service: string): Promise<string> {
  const response = await fetch(`${inject('services')}/${service}`)
  const text = await response.text()
  if (!response.ok) throw new Error(text)
  return text
}
