import pytest, json
pytestmark=[pytest.mark.django_db, pytest.mark.usefixtures("seed")]
def test_x(get, monkeypatch):
    for path in ["incidents/?q=strikes&ordering=-relevance&fields=slug&highlight=true", "incidents/?q=strikes&fields=title&highlight=true", "sources/?q=us&highlight=true&fields=slug", "actors/?q=us&ordering=-relevance&fields=name", "claims/?q=strikes&highlight=true&page_size=1&ordering=-relevance&fields=slug"]:
        print(path, json.dumps(get(path))[:1500])
    import api.ranking as r
    for pool in (1000, 5, 7, 200):
        monkeypatch.setattr(r,"POOL",pool); r._statement.cache_clear()
        for path in ["claims/?q=us&ordering=-relevance&fields=slug,stated_on&page_size=3","actors/?q=us+iran&ordering=-relevance&fields=slug&page_size=3", "claims/?q=us+or+attack&ordering=-relevance&fields=slug&page_size=1000"]:
            from tests.api.walking import walk
            pages=list(walk(get,path)); rows=[x['slug'] for p in pages for x in p]
            allrows={x['slug'] for x in get(path.split('&ord')[0]+'&page_size=1000')['results']}
            print(pool, len(rows), len(set(rows)), set(rows)==allrows, [len(p) for p in pages])
    assert 0
