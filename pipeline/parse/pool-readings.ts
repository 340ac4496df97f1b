import type { Reading } from './network-readings.js'

/** Waiting for a place in a pool or queue of one's own: the network was not even asked. */
export const POOLS: readonly Reading[] = [
  {
    pattern:
      /Connection is not available, request timed out|Timeout waiting for (?:idle object|connection from pool)|ConnectionPoolTimeout|ConnectionRequestTimeoutException|PoolAcquireTimeout|Pool#acquire|Acquire operation took longer|Could not get a resource (?:from the pool|since the pool)|connection pool timeout|PoolTimeout\b|pool timed out|QueuePool limit|Timeout acquiring a connection|ConnectionAcquireTimeout|obtaining a connection from the pool|ResourceRequest timed out|query_wait_timeout|no more connections allowed|waiting for (?:a |an )?(?:free |idle |available |open )?connection[^\n]{0,24}pool|Waited for \d{1,9}ms for (?:a )?connection|checkout timeout|could not obtain a (?:database )?connection (?:from the pool )?within/i,
    action: 'overload',
    type: 'pool',
  },
  {
    pattern: /(?:获取|申请|等待)[^\n]{0,8}连接[^\n=\d]{0,6}超时|连接池(?:已)?(?:耗尽|满)|等待[^\n]{0,6}连接池/,
    action: 'overload',
    type: 'pool',
  },
]
