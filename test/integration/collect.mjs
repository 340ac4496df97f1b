// Loaded into a program under test with --expose-gc: asked by SIGUSR2, it collects everything and says what lives, in bytes.
process.on('SIGUSR2', () => {
  globalThis.gc()
  const heap = process.memoryUsage().heapUsed
  process.stderr.write(`${JSON.stringify({ event: 'test.collected', at: Date.now(), heap })}\n`)
})
