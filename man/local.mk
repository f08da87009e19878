# Manual pages: NAME.SECTION.in with the paths of this installation filled in.
man_pages = \
	man/mbim-proxy.8 \
	man/pdnmux.conf.5 \
	man/qmi-proxy.8 \
	man/quectel-CM.8
man_subst = $(SED) -e 's|@sysconfdir[@]|$(sysconfdir)|g' -e 's|@docdir[@]|$(docdir)|g' \
	-e 's|@runstatedir[@]|$(runstatedir)|g' -e 's|@sbindir[@]|$(sbindir)|g' \
	-e 's|@libqmi_proxy_path[@]|$(libqmi_proxy_path)|g' \
	-e 's|@libmbim_proxy_path[@]|$(libmbim_proxy_path)|g'

nodist_man_MANS += $(man_pages)
EXTRA_DIST += $(man_pages:=.in)
CLEANFILES += $(man_pages)
man/%: $(srcdir)/man/%.in Makefile
	$(AM_V_GEN)$(MKDIR_P) man && $(man_subst) $< >$@.tmp && mv $@.tmp $@
