// Drives the original API's own client against a gateway: URL, token, and what to do.
import { HttpVideoGenApi } from "@series-inc/rundot-game-sdk/host-http";

const [base, token, action, argument] = process.argv.slice(1);
const api = new HttpVideoGenApi("rushes", {
  getIdToken: async () => token,
  getCloudRunUrl: () => base,
});

try {
  const value =
    action === "cancel" ? await api.cancel(argument) : await api.generate(JSON.parse(argument));
  console.log(JSON.stringify({ value: value ?? null }));
} catch (error) {
  const { name, code, status, message, errorDetail } = error;
  console.log(JSON.stringify({ error: { name, code, status, message, errorDetail } }));
}
