#!/usr/bin/env python3
"""Data sets for bench_relevance, made of what their owners publish (bench/README.md says where), and Xapian asked the same.

relevance.py convert stackfaq|squad|iapp FILE LANGUAGE [NAME] > SET.jsonl
relevance.py xapian SET.jsonl      (Debian's python3-xapian; plain terms, Snowball's endings, BM25, OR)
"""
import json
import math
import re
import sys
import tempfile
import time


def line(**what):
    print(json.dumps(what, ensure_ascii=False))


def stackfaq(file, language, name):
    """Threads of Stack Exchange: each answer with its question is a document, each rephrased question a query; what is right is the thread's."""
    line(set=name, language=language)
    documents = queries = 0
    asked = set()
    for pair in json.load(open(file, encoding="utf-8"))["root"]["qapair"]:
        answers = pair["answer"] if isinstance(pair["answer"], list) else [pair["answer"]]
        rephrased = pair["rephr"] if isinstance(pair["rephr"], list) else [pair["rephr"]]
        mine = []
        for answer in answers:
            documents += 1
            mine.append(f"d{documents}")
            line(document=mine[-1], title=pair["question"], body=answer)
        for text in rephrased:
            if not text or text == "*" or text in asked:
                continue
            asked.add(text)
            queries += 1
            line(query=f"q{queries}", text=text)
            for one in mine:
                line(judgement=f"q{queries}", document=one, gain=1)


def squad(file, language, name, paragraphs=None):
    """Paragraphs are documents, with their article's title; a question's own paragraph is right."""
    line(set=name, language=language)
    numbers, queries = {}, 0
    for article in paragraphs or json.load(open(file, encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            text = paragraph["context"]
            if text not in numbers:
                numbers[text] = f"d{len(numbers) + 1}"
                line(document=numbers[text], title=article.get("title", "").replace("_", " "), body=text)
            for question in paragraph["qas"]:
                if question.get("is_impossible"):
                    continue
                queries += 1
                line(query=f"q{queries}", text=question["question"])
                line(judgement=f"q{queries}", document=numbers[text], gain=1)


def iapp(file, language, name):
    rows = [json.loads(one) for one in open(file, encoding="utf-8")]
    squad(file, language, name, [{"title": row.get("title", ""), "paragraphs": [{"context": row["context"], "qas": [{"question": row["question"]}]}]} for row in rows])


def read(file):
    documents, queries, right, language = [], [], {}, "en"
    for text in open(file, encoding="utf-8"):
        one = json.loads(text)
        if "judgement" in one:
            right.setdefault(one["judgement"], {})[one["document"]] = one["gain"]
        elif "document" in one:
            documents.append(one)
        elif "query" in one:
            queries.append(one)
        else:
            language = one["language"]
    return language, documents, queries, right


def ndcg(found, gains):
    got = sum(gains.get(one, 0) / math.log2(i + 2) for i, one in enumerate(found[:10]))
    best = sum(gain / math.log2(i + 2) for i, gain in enumerate(sorted(gains.values(), reverse=True)[:10]))
    return got / best


def xapian_peer(file):
    import xapian
    language, documents, queries, right = read(file)
    endings = {"en": "english", "it": "italian", "ar": "arabic", "de": "german"}.get(language)
    stem = xapian.Stem(endings) if endings else None
    with tempfile.TemporaryDirectory() as folder:
        base = xapian.WritableDatabase(folder, xapian.DB_CREATE_OR_OPEN)
        terms = xapian.TermGenerator()
        parser = xapian.QueryParser()
        if stem:
            terms.set_stemmer(stem)
            parser.set_stemmer(stem)
            parser.set_stemming_strategy(xapian.QueryParser.STEM_SOME)
        for one in documents:
            document = xapian.Document()
            terms.set_document(document)
            terms.index_text(one["title"], 2)
            terms.index_text(one["body"])
            document.set_data(one["document"])
            base.add_document(document)
        base.commit()
        enquire = xapian.Enquire(base)
        sums, took, failed = [0.0, 0.0, 0.0], [], 0
        for one in queries:
            begun = time.perf_counter()
            try:
                enquire.set_query(parser.parse_query(re.sub(r"[^\w\s]", " ", one["text"]), 0))
                found = [match.document.get_data().decode() for match in enquire.get_mset(0, 10)]
            except xapian.Error:
                found, failed = [], failed + 1
            took.append(time.perf_counter() - begun)
            gains = right[one["query"]]
            sums[0] += ndcg(found, gains)
            sums[1] += next((1 / (i + 1) for i, name in enumerate(found) if name in gains), 0)
            sums[2] += len([name for name in found if name in gains]) / min(10, len(gains))
        took.sort()
        n = len(queries)
        print(f"Xapian {xapian.version_string()}, plain: nDCG@10 {sums[0] / n:.4f}, MRR {sums[1] / n:.4f}, recall@10 {sums[2] / n:.4f}; "
              f"p50 {took[n // 2] * 1000:.2f} ms (with Python), {failed} refused")


if __name__ == "__main__":
    if len(sys.argv) >= 5 and sys.argv[1] == "convert":
        {"stackfaq": stackfaq, "squad": squad, "iapp": iapp}[sys.argv[2]](sys.argv[3], sys.argv[4], sys.argv[5] if len(sys.argv) > 5 else sys.argv[2])
    elif len(sys.argv) == 3 and sys.argv[1] == "xapian":
        xapian_peer(sys.argv[2])
    else:
        sys.exit(__doc__)
