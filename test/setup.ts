import fc from 'fast-check'

/**
 * Property tests try other cases on every run at a desk; in CI the same ones again, so that what passed passes and a failure belongs to the
 * change. PROPERTY_SEED=n repeats a run.
 */
const seed = process.env.PROPERTY_SEED ?? (process.env.CI ? 20_261_130 : undefined)
if (seed !== undefined) fc.configureGlobal({ seed: Number(seed) })
