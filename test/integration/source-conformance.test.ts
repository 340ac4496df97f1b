import { afterAll, beforeAll } from 'vitest'
import { connectKafka, createKafkaSource } from '../../pipeline/sources/kafka.js'
import { KafkaConfig } from '../../schemas/config.js'
import { describeWithKafka, sharedKafka } from '../services/shared.js'
import { openTopics, type Topics } from '../services/topics.js'
import { describeSource } from '../sources/conformance/describe-source.js'

describeWithKafka('the source over kafkajs', () => {
  let brokers: string
  let topics: Topics
  beforeAll(async () => {
    brokers = await sharedKafka()
    topics = await openTopics(brokers)
  })
  afterAll(() => topics?.close())

  describeSource({
    brokers: () => brokers,
    topics: () => topics,
    open: async (address, { fromBeginning = false, sessionTimeoutMs = 6_000, ...options }) => {
      const client = await connectKafka(KafkaConfig.parse({ brokers: [address], topics: ['unused'] }))
      return createKafkaSource(client, { ...options, fromBeginning, sessionTimeoutMs })
    },
  })
})
