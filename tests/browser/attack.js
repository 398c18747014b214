// What a page can send to a server of this machine. The last argument gets what the page sees of each attempt.
const [base, name, done] = arguments;
const form = `Action=CreateUser&UserName=${name}&Version=2010-05-08`;
const task = JSON.stringify({
  family: name,
  containerDefinitions: [{ name: "x", image: "x", entryPoint: ["/bin/sh", "-c"], command: ["id"] }],
});
const json = {
  "Content-Type": "application/x-amz-json-1.1",
  "X-Amz-Target": "AmazonEC2ContainerServiceV20141113.RegisterTaskDefinition",
};
const post = (options) => fetch(base, { method: "POST", ...options });
const hidden = (element, attributes) => document.body.appendChild(Object.assign(document.createElement(element), attributes));
const attempts = {
  read: async () => (await fetch(`${base}/bucket/state.tfstate`)).text(),
  query: async () => (await fetch(`${base}/?${form}`, { mode: "no-cors" })).type,
  "no-cors": async () => (await post({ mode: "no-cors", body: new URLSearchParams(form) })).type,
  "text/plain": async () => (await post({ mode: "no-cors", headers: { "Content-Type": "text/plain" }, body: task })).type,
  json: async () => (await post({ headers: json, body: task })).text(),
  form: () =>
    new Promise((told) => {
      const frame = hidden("iframe", { name: "answer" });
      const sent = hidden("form", { action: base, method: "post", target: "answer" });
      for (const [key, value] of new URLSearchParams(form)) {
        sent.appendChild(Object.assign(document.createElement("input"), { name: key, value }));
      }
      frame.onload = () => told("sent");
      sent.submit();
    }),
  websocket: () =>
    new Promise((told) => {
      const socket = new WebSocket(base.replace("http", "ws"));
      socket.onopen = () => told("open");
      socket.onerror = () => told("refused");
    }),
};
(async () => {
  const seen = {};
  for (const [kind, attempt] of Object.entries(attempts)) {
    try {
      seen[kind] = await attempt();
    } catch (error) {
      seen[kind] = error.name;
    }
  }
  done(seen);
})();
