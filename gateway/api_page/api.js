// Shows openapi.json to people. Everything is built node by node: the policy of this site forbids text to become
// markup.
"use strict";

const PLACES = { path: "adresse", query: "requête", header: "en-tête" };

function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  Object.assign(node, properties);
  node.append(...children.filter((child) => child !== undefined && child !== null));
  return node;
}

function schemaId(reference) {
  return `schema-${reference.split("/").pop()}`;
}

// A schema in a few words, with a link to a structure where it names one.
function typeOf(schema) {
  if (schema.$ref) {
    return make("a", { href: `#${schemaId(schema.$ref)}`, textContent: schema.$ref.split("/").pop() });
  }
  if (schema.type === "array") return make("span", {}, "liste de ", typeOf(schema.items));
  if (schema.type === "object" && schema.additionalProperties) {
    return make("span", {}, "dictionnaire de ", typeOf(schema.additionalProperties));
  }
  const limits = [
    schema.format,
    schema.maxLength && `au plus ${schema.maxLength} caractères`,
    schema.minimum !== undefined && `de ${schema.minimum} à ${schema.maximum}`,
    schema.pattern && schema.format !== "int64" && schema.pattern,
    schema.enum && schema.enum.join(", "),
  ].filter(Boolean);
  return make("span", {}, [schema.type, ...limits].filter(Boolean).join(", "));
}

function table(caption, heads, rows) {
  if (rows.length === 0) return null;
  const line = (cells, tag) => make("tr", {}, ...cells.map((cell) => make(tag, tag === "th" ? { scope: "col" } : {}, cell)));
  return make("table", {}, make("caption", { textContent: caption }), make("thead", {}, line(heads, "th")),
    make("tbody", {}, ...rows.map((row) => line(row, "td"))));
}

function properties(caption, schema) {
  const required = new Set(schema.required ?? []);
  const rows = Object.entries(schema.properties ?? {}).map(([name, value]) => [
    make("code", { textContent: name }), typeOf(value), required.has(name) ? "oui" : "", value.description ?? "",
  ]);
  return table(caption, ["Nom", "Type", "Obligatoire", "Description"], rows);
}

function paragraphs(text) {
  return (text ?? "").split("\n\n").filter(Boolean).map((part) => make("p", { textContent: part }));
}

function operation(path, verb, description) {
  const parameters = (description.parameters ?? []).map((parameter) => [
    make("code", { textContent: parameter.name }), PLACES[parameter.in] ?? parameter.in, typeOf(parameter.schema),
    parameter.required ? "oui" : "", parameter.description ?? parameter.schema.description ?? "",
  ]);
  const body = description.requestBody?.content?.["application/json"]?.schema;
  const answers = Object.entries(description.responses).map(([status, answer]) => {
    const schema = answer.content?.["application/json"]?.schema;
    return [make("code", { textContent: status }), schema ? typeOf(schema) : "", answer.description];
  });
  const details = make("details", { id: description.operationId },
    make("summary", {}, make("span", { className: "verb", textContent: verb.toUpperCase() }),
      make("code", { textContent: path }), ` — ${description.summary ?? ""}`),
    make("div", {}, ...paragraphs(description.description),
      description.security?.length === 0 ? make("p", { textContent: "Sans connexion." }) : null,
      table("Paramètres", ["Nom", "Où", "Type", "Obligatoire", "Description"], parameters),
      body ? body.$ref ? make("p", {}, "Corps : ", typeOf(body)) : properties("Corps", body) : null,
      description.requestBody && !body ? make("p", { textContent: "Corps : les octets du fichier." }) : null,
      table("Réponses", ["Statut", "Corps", "Sens ou codes d’erreur"], answers)));
  details.dataset.text = `${verb} ${path} ${description.summary ?? ""} ${description.operationId}`.toLowerCase();
  return details;
}

function show(document_) {
  const byTag = new Map();
  for (const [path, verbs] of Object.entries(document_.paths)) {
    for (const [verb, description] of Object.entries(verbs)) {
      const tag = description.tags?.[0] ?? "Description";
      if (!byTag.has(tag)) byTag.set(tag, []);
      byTag.get(tag).push(operation(path, verb, description));
    }
  }
  const main = document.getElementById("operations");
  main.append(...paragraphs(document_.info.description));
  for (const [tag, operations] of byTag) {
    main.append(make("section", {}, make("h2", { textContent: tag }), ...operations));
  }
  const schemas = document.getElementById("schemas");
  for (const [name, schema] of Object.entries(document_.components.schemas)) {
    schemas.append(make("details", { id: schemaId(name) }, make("summary", {}, make("code", { textContent: name })),
      make("div", {}, ...paragraphs(schema.description), properties("Membres", schema),
        schema.enum ? make("p", { textContent: schema.enum.join(", ") }) : null)));
  }
  schemas.hidden = false;
}

function filter(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const section of document.querySelectorAll("#operations section")) {
    let any = false;
    for (const details of section.querySelectorAll("details")) {
      details.hidden = !words.every((word) => details.dataset.text.includes(word));
      if (!details.hidden) shown += 1;
      any ||= !details.hidden;
    }
    section.hidden = !any;
  }
  document.getElementById("status").textContent = shown === 1 ? "1 opération." : `${shown} opérations.`;
}

// A link to an operation or a structure opens it.
function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) {
    target.open = true;
    target.scrollIntoView();
  }
}

async function start() {
  try {
    const answer = await fetch("/v1/openapi.json");
    if (!answer.ok) throw new Error(String(answer.status));
    show(await answer.json());
    filter("");
  } catch {
    document.getElementById("status").textContent = "La description n’a pas pu être chargée. Réessayez plus tard.";
    return;
  }
  const input = document.getElementById("filter");
  input.addEventListener("input", () => filter(input.value));
  input.form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", openTarget);
  openTarget();
}

start();
