import { circuitStoreContract } from '../../contracts/circuit-store.ts'
import { progressStoreContract } from '../../contracts/progress-store.ts'
import { MemoryCircuitStore } from '../../fakes/circuit-store.ts'
import { MemoryProgressStore } from '../../fakes/progress-store.ts'

circuitStoreContract('MemoryCircuitStore', async () => new MemoryCircuitStore())
progressStoreContract('MemoryProgressStore', async () => new MemoryProgressStore())
