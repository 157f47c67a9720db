// Redoc signs its pages with a picture from its maker's site and has no option against it. The reader's browser is to ask
// nobody but this server: a picture from elsewhere is left out before it is asked for; the words with the link stay.
const isOurs = (address) => address.startsWith("data:") || new URL(address, location).origin === location.origin;
const picture = HTMLImageElement.prototype;
const source = Object.getOwnPropertyDescriptor(picture, "src");
Object.defineProperty(picture, "src", {
  ...source,
  set(address) { if (isOurs(address)) source.set.call(this, address); },
});
picture.setAttribute = function (name, value) {
  if (name !== "src" || isOurs(value)) Element.prototype.setAttribute.call(this, name, value);
};

const place = document.getElementById("redoc");
const fonts = { fontFamily: "system-ui, sans-serif", headings: { fontFamily: "system-ui, sans-serif" } };
Redoc.init(place.dataset.schema, { hideLoading: true, theme: { typography: fonts } }, place);
