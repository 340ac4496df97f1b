/** Reads one answer of a broker, field by field. @throws RangeError where it ends too early */
export type Reader = {
  readonly i8: () => number
  readonly i16: () => number
  readonly i32: () => number
  readonly i64: () => bigint
  readonly text: () => string
  readonly list: <T>(one: () => T) => T[]
  readonly bytes: () => void
  /** Of flexible versions: lengths as variable integers plus one, and tagged fields, which are passed over. */
  readonly compactText: () => string
  readonly compactList: <T>(one: () => T) => T[]
  readonly tags: () => void
}

export function createReader(buffer: Buffer): Reader {
  let at = 0
  const take = (size: number): number => {
    if (size < 0 || at + size > buffer.length) throw new RangeError('an answer ends too early')
    at += size
    return at - size
  }
  const i16 = () => buffer.readInt16BE(take(2))
  const i32 = () => buffer.readInt32BE(take(4))
  const varint = (): number => {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = buffer.readUInt8(take(1))
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw new RangeError('a number is too long')
  }
  // A length of -1, or 0 in the compact form, stands for none.
  const utf8 = (size: number): string => {
    const from = take(Math.max(0, size))
    return buffer.toString('utf8', from, from + Math.max(0, size))
  }
  const many = <T>(count: number, one: () => T): T[] => {
    const all: T[] = []
    for (let i = 0; i < count; i++) all.push(one())
    return all
  }
  return {
    i8: () => buffer.readInt8(take(1)),
    i16,
    i32,
    i64: () => buffer.readBigInt64BE(take(8)),
    text: () => utf8(i16()),
    list: (one) => many(i32(), one),
    bytes: () => void take(Math.max(0, i32())),
    compactText: () => utf8(varint() - 1),
    compactList: (one) => many(varint() - 1, one),
    tags: () => {
      for (let left = varint(); left > 0; left--) {
        varint()
        take(varint())
      }
    },
  }
}

const i16 = (n: number): Buffer => {
  const b = Buffer.alloc(2)
  b.writeInt16BE(n)
  return b
}
const i32 = (n: number): Buffer => {
  const b = Buffer.alloc(4)
  b.writeInt32BE(n)
  return b
}
const text = (s: string): Buffer => Buffer.concat([i16(Buffer.byteLength(s)), Buffer.from(s)])
const list = (items: readonly Buffer[]): Buffer => Buffer.concat([i32(items.length), ...items])

/** One kind of request, and how its answer is read. Source: Kafka's protocol guide and its message definitions. */
export type Call<T> = {
  readonly api: number
  readonly version: number
  /** The newer encoding of headers and lengths (KIP-482). */
  readonly isFlexible: boolean
  readonly body: Buffer
  readonly read: (r: Reader) => T
}

/** The bytes of a request, behind their length. */
export function encodeCall(call: Call<unknown>, id: number, clientId: string): Buffer {
  const request = Buffer.concat([
    i16(call.api),
    i16(call.version),
    i32(id),
    text(clientId),
    ...(call.isFlexible ? [Buffer.from([0])] : []),
    call.body,
  ])
  return Buffer.concat([i32(request.length), request])
}

/** Versions of an interface that a broker speaks. */
export type ApiRange = { readonly api: number; readonly min: number; readonly max: number }
export const apiVersions: Call<{ error: number; ranges: ApiRange[] }> = {
  api: 18,
  version: 0,
  isFlexible: false,
  body: Buffer.alloc(0),
  read: (r) => ({ error: r.i16(), ranges: r.list(() => ({ api: r.i16(), min: r.i16(), max: r.i16() })) }),
}

/** Codes of errors that are told apart here. */
export const ERROR = {
  none: 0,
  noSuchTopic: 3,
  coordinatorNotReady: 15,
  notCoordinator: 16,
  topicDenied: 29,
  groupDenied: 30,
  clusterDenied: 31,
} as const

/** Bits of rights. Source: org.apache.kafka.common.acl.AclOperation */
export const OPERATIONS = { READ: 3, WRITE: 4, CREATE: 5, ALTER: 7, DESCRIBE: 8, DESCRIBE_CONFIGS: 10 } as const
export type Operation = keyof typeof OPERATIONS
export const isAllowed = (rights: number, operation: Operation): boolean =>
  rights >= 0 && (rights & (1 << OPERATIONS[operation])) !== 0

export type BrokerAddress = { readonly node: number; readonly host: string; readonly port: number }
export type PartitionState = {
  readonly error: number
  readonly partition: number
  /** Node id; -1: none. */
  readonly leader: number
  readonly replicas: readonly number[]
  readonly inSync: readonly number[]
}
export type TopicState = {
  readonly error: number
  readonly topic: string
  readonly partitions: readonly PartitionState[]
  /** What this user may do with it, a bit for each operation; see OPERATIONS. */
  readonly rights: number
}
export type Metadata = {
  readonly brokers: readonly BrokerAddress[]
  /** Node id; -1: none. */
  readonly controller: number
  readonly topics: readonly TopicState[]
  /** What this user may do with the cluster. */
  readonly rights: number
}
/** Topics by name, or all that may be seen; with the rights of the user (KIP-430, Kafka 2.3). */
export const metadata = (topics: readonly string[] | undefined): Call<Metadata> => ({
  api: 3,
  version: 8,
  isFlexible: false,
  body: Buffer.concat([topics === undefined ? i32(-1) : list(topics.map(text)), Buffer.from([0, 1, 1])]),
  read: (r) => {
    r.i32() // throttled for, ms
    const brokers = r.list(() => {
      const broker = { node: r.i32(), host: r.text(), port: r.i32() }
      r.text() // rack
      return broker
    })
    r.text() // cluster id
    const controller = r.i32()
    const topics = r.list(() => readTopic(r))
    return { brokers, controller, topics, rights: r.i32() }
  },
})

function readTopic(r: Reader): TopicState {
  const error = r.i16()
  const topic = r.text()
  r.i8() // internal to Kafka
  const partitions = r.list(() => {
    const state = { error: r.i16(), partition: r.i32(), leader: r.i32() }
    r.i32() // leader epoch
    const [replicas, inSync] = [r.list(r.i32), r.list(r.i32)]
    r.list(r.i32) // offline
    return { ...state, replicas, inSync }
  })
  return { error, topic, partitions, rights: r.i32() }
}

/** The broker that keeps a group. */
export const findCoordinator = (group: string): Call<{ error: number } & BrokerAddress> => ({
  api: 10,
  version: 1,
  isFlexible: false,
  body: Buffer.concat([text(group), Buffer.from([0])]),
  read: (r) => {
    r.i32() // throttled for, ms
    const error = r.i16()
    r.text() // message
    return { error, node: r.i32(), host: r.text(), port: r.i32() }
  },
})

export type GroupState = { readonly error: number; readonly state: string; readonly rights: number }
/** A group with the rights of the user; asked of its coordinator. */
export const describeGroup = (group: string): Call<GroupState | undefined> => ({
  api: 15,
  version: 3,
  isFlexible: false,
  body: Buffer.concat([list([text(group)]), Buffer.from([1])]),
  read: (r) => {
    r.i32() // throttled for, ms
    const groups = r.list(() => {
      const error = r.i16()
      r.text() // id
      const state = r.text()
      r.text() // protocol type
      r.text() // protocol
      r.list(() => {
        for (let i = 0; i < 3; i++) r.text() // member, client, host
        r.bytes()
        r.bytes()
      })
      return { error, state, rights: r.i32() }
    })
    return groups[0]
  },
})

/**
 * The clock of the active controller, epoch ms: it tells of itself that it has "caught up" now (KIP-836, Kafka 3.3 with KRaft).
 * Needs the right to describe the cluster.
 */
export const controllerTime: Call<{ error: number; at: bigint | undefined }> = {
  api: 55,
  version: 1,
  isFlexible: true,
  body: Buffer.concat([
    Buffer.from([2]),
    Buffer.from([19]),
    Buffer.from('__cluster_metadata'),
    Buffer.from([2]),
    i32(0),
    Buffer.from([0, 0, 0]),
  ]),
  read: (r) => {
    const error = r.i16()
    let at: bigint | undefined
    r.compactList(() => {
      r.compactText()
      r.compactList(() => {
        r.i32() // partition
        r.i16() // error
        const leader = r.i32()
        r.i32() // epoch
        r.i64() // high watermark
        for (let i = 0; i < 2; i++) {
          // voters, then observers
          r.compactList(() => {
            const replica = r.i32()
            r.i64() // log end
            r.i64() // last fetch
            const caughtUp = r.i64()
            r.tags()
            if (replica === leader) at = caughtUp
          })
        }
        r.tags()
      })
      r.tags()
    })
    return { error, at }
  },
}
