import { createHmac } from 'node:crypto'

/** Bytes that look like chance and come out the same for the same key and question (HMAC with SHA-256, RFC 2104). */
export type Keyed = (question: string) => Buffer

export const keyed =
  (key: Uint8Array): Keyed =>
  (question) =>
    createHmac('sha256', key).update(question).digest()
