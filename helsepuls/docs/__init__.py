"""The pages of docs/ that follow from the code: rules, metrics, settings, relations, and tables within other pages.

`python -m helsepuls.docs` writes them, with `--check` it says which are not as the code gives them. A page is either
written whole, or holds blocks between `<!-- generated: NAME -->` and `<!-- end -->` whose content is replaced.
"""
