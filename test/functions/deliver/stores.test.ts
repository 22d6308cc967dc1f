import { circuitStoreContract } from '../../contracts/circuit-store.ts'
import { progressStoreContract } from '../../contracts/progress-store.ts'
import { rateStoreContract } from '../../contracts/rate-store.ts'
import { slotStoreContract } from '../../contracts/slot-store.ts'
import { MemoryCircuitStore } from '../../fakes/circuit-store.ts'
import { MemoryProgressStore } from '../../fakes/progress-store.ts'
import { MemoryRateStore } from '../../fakes/rate-store.ts'
import { MemorySlotStore } from '../../fakes/slot-store.ts'

circuitStoreContract('MemoryCircuitStore', async () => new MemoryCircuitStore())
progressStoreContract('MemoryProgressStore', async () => new MemoryProgressStore())
rateStoreContract('MemoryRateStore', async () => new MemoryRateStore())
slotStoreContract('MemorySlotStore', async () => new MemorySlotStore())
