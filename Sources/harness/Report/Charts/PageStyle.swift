/// The style of every page: light, dark, print and narrow.
enum PageStyle {
    /// The shapes of points, drawn around their place.
    static let shapes = """
        <svg class="shapes" aria-hidden="true"><defs><circle id="m0" r="3.6"/><path id="m1" d="M-3.3-3.3h6.6v6.6h-6.6z"/>\
        <path id="m2" d="M0-4.4 4.2 3.2h-8.4z"/><path id="m3" d="M0-4.7 4.7 0 0 4.7-4.7 0z"/>\
        <path id="m4" d="M-1.2-4h2.4v2.8h2.8v2.4h-2.8v2.8h-2.4v-2.8h-2.8v-2.4h2.8z"/></defs></svg>
        """

    static var css: String { colours + text + tables + charts + bars + media }

    private static let colours = """
        :root{color-scheme:light dark;--ink:#1c2127;--dim:#555f6b;--paper:#fff;--panel:#f4f6f8;--rule:#d5dae0;--bad:#b00020;\
        --link:#0059a8;--s0:#0066ad;--s1:#c04a00;--s2:#00785a;--s3:#a8407f;--s4:#8a6100;--s5:#2384c4;--s6:#6b4fa8;--s7:#5b6168}
        @media screen and (prefers-color-scheme:dark){:root{--ink:#e6e9ed;--dim:#a5aeb9;--paper:#15181c;--panel:#1f242a;\
        --rule:#3a424c;--bad:#ff8a80;--link:#7cc0ff;--s0:#4fb0f5;--s1:#ff9152;--s2:#3fcf9f;--s3:#f08cc4;--s4:#e5b84b;\
        --s5:#9bd5ff;--s6:#b8a0ff;--s7:#b4bcc6}}
        .c0{--c:var(--s0)}.c1{--c:var(--s1)}.c2{--c:var(--s2)}.c3{--c:var(--s3)}.c4{--c:var(--s4)}.c5{--c:var(--s5)}\
        .c6{--c:var(--s6)}.c7{--c:var(--s7)}.cm{--c:var(--dim)}.cw{--c:var(--bad)}

        """

    private static let text = """
        *{box-sizing:border-box}body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:0 auto;padding:1.5rem 1rem 4rem;\
        color:var(--ink);background:var(--paper);overflow-wrap:break-word}
        h1{font-size:1.5rem;line-height:1.25;margin:0 0 .2rem}h2{font-size:1.2rem;margin:2rem 0 .6rem}\
        h3{font-size:1rem;margin:1.6rem 0 .4rem}a{color:var(--link)}
        .machine,.note,footer{font-size:.85rem;color:var(--dim)}.answer{font-size:1.1rem;margin:.7rem 0}\
        .answer b{font-weight:650}.lead2{margin:.5rem 0}ul.warnings{margin:1rem 0;padding:.6rem 1rem .6rem 2rem;\
        border-left:4px solid var(--bad);background:var(--panel)}ul.warnings li{margin:.2rem 0}.bad{color:var(--bad)}\
        small{color:var(--dim);white-space:nowrap}
        nav{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;margin:1.2rem 0;padding:.6rem .8rem;background:var(--panel);\
        border-radius:.4rem;font-size:.95rem}
        section>details{border-top:1px solid var(--rule)}section>details>summary{padding:.7rem 0}summary{cursor:pointer}\
        summary h2{display:inline;margin:0}summary span{color:var(--dim);font-size:.9rem}details details{margin:.5rem 0}\
        section:target,div:target{scroll-margin-top:4rem}

        """

    private static let tables = """
        .scroll{overflow-x:auto;margin:.6rem 0;max-width:100%}table{border-collapse:collapse;font-size:.9rem;\
        font-variant-numeric:tabular-nums;min-width:100%}td,th{padding:.25rem .6rem;border-bottom:1px solid var(--rule);\
        text-align:right;vertical-align:baseline;white-space:nowrap}th{color:var(--dim);font-weight:600;white-space:normal;\
        vertical-align:bottom}td:first-child,th:first-child{text-align:left;position:sticky;left:0;background:var(--paper);\
        padding-left:0;white-space:normal;min-width:7rem}
        .w2 :is(td,th):nth-child(2),.w3 :is(td,th):nth-child(3),.w4 :is(td,th):nth-child(4),.w5 :is(td,th):nth-child(5),\
        .w6 :is(td,th):nth-child(6),.w7 :is(td,th):nth-child(7),.w8 :is(td,th):nth-child(8),.w9 :is(td,th):nth-child(9)\
        {text-align:left}td small{font-size:.8em}

        """

    private static let charts = """
        figure{margin:1.4rem 0;container-type:inline-size}figcaption{font-weight:600}.yt,.xt{margin:.2rem 0;font-size:.8rem;\
        color:var(--dim)}.xt{text-align:right}.plot{position:relative;margin:.5rem 1.2rem 1.7rem 4rem}.plot>svg{position:absolute;\
        inset:0;width:100%;height:100%}svg,svg svg{overflow:visible}.shapes{position:absolute;width:0;height:0}
        .g{fill:none;stroke:var(--rule);stroke-width:1;vector-effect:non-scaling-stroke}.line{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round;\
        vector-effect:non-scaling-stroke}.band{fill:var(--c);opacity:.18;stroke:none}.w{stroke:var(--c);stroke-width:1.5}\
        .plot g use,.key use{fill:var(--c)}.plot g svg:hover use{stroke:var(--ink)}.span{fill:var(--c);opacity:.22}\
        .rule{stroke:var(--c);stroke-width:1.5}.d1{stroke-dasharray:8 4}.d2{stroke-dasharray:2 4}.d3{stroke-dasharray:9 3 2 3}\
        .dw{stroke-dasharray:3 2}.plot .dw use,.key.dw use{stroke:var(--bad);stroke-width:2}.w,use{stroke-dasharray:none}
        .plot text{font-size:12px;fill:var(--dim)}.plot text.pn{fill:var(--ink)}.yk,.xk{position:absolute;font-weight:400;\
        font-size:.78rem;line-height:1;color:var(--dim);white-space:nowrap}.yk{right:calc(100% + .4rem);transform:translateY(50%)}\
        .xk{top:calc(100% + .4rem);transform:translateX(-50%)}
        .legend{display:flex;flex-wrap:wrap;gap:.1rem 1.1rem;margin:.3rem 0;font-size:.85rem;color:var(--ink)}\
        .key{width:26px;height:12px;margin-right:.4rem;vertical-align:-1px}.patch{display:inline-block;width:.9em;height:.9em;\
        margin-right:.4em;background:var(--c);vertical-align:-.1em}.multiples{display:grid;gap:0 1.5rem;\
        grid-template-columns:repeat(auto-fill,minmax(min(100%,20rem),1fr))}.multiples figure{margin:.8rem 0;min-width:0}\
        .multiples figcaption{font-size:.9rem}
        @container (max-width:28rem){.odd,.pn{display:none}}

        """

    private static let bars = """
        .row{display:grid;grid-template-columns:minmax(8rem,14rem) 1fr 8.5rem;gap:0 .8rem;align-items:center;font-size:.85rem;\
        padding:.15rem 0}.track{position:relative;display:flex;height:1.1rem;background:var(--panel)}.track i{background:var(--c);\
        flex:none;height:100%}.axis .track{height:1.3rem;background:none}.axis .xk{top:.3rem}.value{font-variant-numeric:tabular-nums}
        @container (max-width:36rem){.row{grid-template-columns:1fr auto;padding:.3rem 0}.row .track{grid-row:2;grid-column:1/3}\
        .row.axis .track{grid-row:1}}

        """

    private static let media = """
        @media (max-width:40rem){body{padding:1rem .8rem 3rem}td,th{padding:.25rem .45rem}table{font-size:.85rem}}
        @page{margin:1.5cm}
        @media print{:root{color-scheme:light}*{print-color-adjust:exact}body{max-width:none;font-size:11pt;padding:0 .8rem}nav{display:none}\
        figure,tr{break-inside:avoid}.scroll{overflow:visible}table{font-size:8pt}td,th{white-space:normal;padding:.1rem .25rem}\
        .many{font-size:6.5pt}.many :is(td,th){padding:.1rem .15rem}.many :is(td,th):first-child{min-width:0}th{overflow-wrap:anywhere}\
        details:not(.raw)::details-content{content-visibility:visible;block-size:auto}}

        """
}
