// Follows an import that goes on: every two seconds its part of the page is fetched anew; when it has ended, the whole page.
"use strict";
{
    const PAUSE = 2000;
    const ID = "import-progress";

    async function follow() {
        let text;
        try {
            const response = await fetch(window.location.href);
            if (response.redirected) {
                window.location.reload(); // logged out meanwhile
                return;
            }
            text = response.ok ? await response.text() : "";
        } catch {
            text = ""; // the server is not there for now
        }
        const fresh = text && new DOMParser().parseFromString(text, "text/html").getElementById(ID);
        if (text && !fresh) {
            window.location.reload();
            return;
        }
        if (fresh) {
            document.getElementById(ID).replaceWith(fresh);
        }
        window.setTimeout(follow, PAUSE);
    }

    document.addEventListener("DOMContentLoaded", () => {
        if (document.getElementById(ID)) {
            window.setTimeout(follow, PAUSE);
        }
    });
}
