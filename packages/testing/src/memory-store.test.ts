import { memoryStore } from './memory-store.ts'
import { storeContract } from './vitest.ts'

storeContract('memoryStore', async () => ({ store: memoryStore() }))
