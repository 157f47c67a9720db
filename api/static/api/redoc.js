// hideLoading and the system fonts keep Redoc from asking other sites for its logo and typefaces.
const place = document.getElementById("redoc");
const fonts = { fontFamily: "system-ui, sans-serif", headings: { fontFamily: "system-ui, sans-serif" } };
Redoc.init(place.dataset.schema, { hideLoading: true, theme: { typography: fonts } }, place);
