# what is installed beside the programs
dist_doc_DATA = conf/pdnmux.conf.example
