/** A schema registry that speaks Confluent's interface (`registry.sh` installs it, which takes Java and Maven). */
import { freePort } from './free-port.ts'
import { Server } from './server.ts'

export class Registry extends Server {
  readonly url: string

  static async start(): Promise<Registry> {
    return new Registry(await freePort())
  }

  private constructor(port: number) {
    super({ script: 'registry.sh', args: [String(port)] })
    this.url = `http://127.0.0.1:${port}/apis/ccompat/v7`
  }

  /** For all subjects that do not say otherwise, as Confluent's has it. */
  async setCompatibility(compatibility: string): Promise<void> {
    await fetch(`${this.url}/config`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ compatibility }),
    })
  }
}
