/** The HTTP client that all poll sources of a thread share: there as long as one of them uses it. */
import { HttpClient } from '../http/index.ts'

let http: HttpClient | null = null
let users = 0

export class ClientUse {
  readonly http: HttpClient

  static begin(): ClientUse {
    http ??= new HttpClient()
    users++
    return new ClientUse(http)
  }

  private constructor(client: HttpClient) {
    this.http = client
  }

  end(): void {
    if (--users > 0) return
    void http?.close()
    http = null
  }
}
