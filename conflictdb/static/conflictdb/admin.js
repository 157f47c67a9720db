// Shows only the rows that a claim of the chosen kind fills. Without JavaScript every row is there; nothing is ever cleared.
"use strict";
{
    const COUNTS = ["toll", "event_count", "damage"];
    const ROWS = {
        measure: (kind) => kind === "toll" || kind === "",
        value_kind: (kind) => COUNTS.includes(kind) || kind === "",
        value_wording: (kind) => COUNTS.includes(kind) || kind === "",
    };

    function scopeOf(select) {
        return select.closest(".claim-row") || select.closest("form");
    }

    function fit(select) {
        const scope = scopeOf(select);
        for (const [name, isWanted] of Object.entries(ROWS)) {
            const row = scope.querySelector(`.form-row.field-${name}`);
            if (row) {
                const isFilled = [...row.querySelectorAll("input, select")].some(
                    (input) => input.value !== "" && !(input.name.endsWith("value_kind") && input.value === "none"),
                );
                row.classList.toggle("is-idle", !isWanted(select.value) && !isFilled);
            }
        }
        const number = scope.querySelector("fieldset.claim-number");
        if (number) {
            number.classList.toggle("is-idle", !number.querySelector(".form-row:not(.is-idle)"));
        }
    }

    function isKind(element) {
        return element.matches("#claim_form #id_kind, .claim-row select[name$='-kind']");
    }

    document.addEventListener("change", (event) => {
        if (isKind(event.target)) {
            fit(event.target);
        }
    });
    document.addEventListener("DOMContentLoaded", () => {
        document.querySelectorAll("#claim_form #id_kind, .claim-row select[name$='-kind']").forEach(fit);
    });

    // Django puts the cursor on the first button where buttons stand on top; a coder wants the first field.
    window.addEventListener("load", () => {
        if (document.querySelector("#django-admin-form-add-constants[data-model-name]")) {
            const fields = ["input:not([type=hidden])", "textarea", "select:not(.admin-autocomplete)"];
            document.querySelector(fields.map((field) => `.form-row ${field}`).join(", "))?.focus();
        }
    });
}
