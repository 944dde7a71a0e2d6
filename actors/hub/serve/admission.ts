/**
 * How many connections there may be, in all and from one address.
 *
 * An IPv6 address counts by its /64, of which a single host has all.
 */
export interface AdmissionLimits {
  total: number
  perAddress: number
}

export class Admission {
  readonly #limits: AdmissionLimits
  readonly #byAddress = new Map<string, number>()
  #total = 0

  constructor(limits: AdmissionLimits) {
    this.#limits = limits
  }

  get total(): number {
    return this.#total
  }

  /** Takes one in, or says which limit is reached. */
  enter(address: string): 'entered' | 'full' | 'too-many-from-address' {
    const network = networkOf(address)
    const present = this.#byAddress.get(network) ?? 0
    if (this.#total >= this.#limits.total) return 'full'
    if (present >= this.#limits.perAddress) return 'too-many-from-address'
    this.#byAddress.set(network, present + 1)
    this.#total++
    return 'entered'
  }

  leave(address: string): void {
    const network = networkOf(address)
    const rest = this.#byAddress.get(network)! - 1
    if (rest === 0) this.#byAddress.delete(network)
    else this.#byAddress.set(network, rest)
    this.#total--
  }
}

/** `address` as `clientAddress` writes it. */
function networkOf(address: string): string {
  return address.includes(':') ? address.split(':').slice(0, 4).join(':') : address
}
